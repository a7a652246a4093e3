//! sentistack: what people say about a topic over some days.
