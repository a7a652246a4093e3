//! Answers that are no scores: a status, and what to do about it as JSON.

use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::limits;

/// Why a request is not answered with scores.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: StatusCode,
    message: String,
    hint: &'static str,
}

#[derive(Serialize)]
struct Document<'a> {
    error: Words<'a>,
}

#[derive(Serialize)]
struct Words<'a> {
    message: &'a str,
    hint: &'a str,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>, hint: &'static str) -> Self {
        Self { status, message: message.into(), hint }
    }

    /// The body cannot be used: `why` says what, and where.
    pub fn shape(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why, r#"send {"texts": ["…", "…"]} or {"text": "…"} as JSON"#)
    }

    /// The body ended before its end.
    pub fn cut() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the request broke off", "send it again")
    }

    pub fn too_large(most: usize) -> Self {
        Self::too_much(&format!("the request has more than {most} bytes"))
    }

    /// Too many texts, or too long a one.
    pub fn too_much(what: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, what, "send it in several requests, or shorten it")
    }

    pub fn no_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the request is not said to be JSON",
            "send Content-Type: application/json, in UTF-8",
        )
    }

    pub fn packed() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the request is compressed",
            "send it without Content-Encoding",
        )
    }

    pub fn late(seconds: u64) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the request was not whole and answered within {seconds} s"),
            "send less in a request, or send it faster",
        )
    }

    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "as many requests are under way as are taken",
            "come back when Retry-After says",
        )
    }

    pub fn crowded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "as many connections are open as are taken",
            "come back when Retry-After says",
        )
    }

    pub fn no_such_path() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "there is nothing at this path",
            "POST /predict scores texts; GET /openapi.json describes it",
        )
    }

    pub fn no_such_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this path takes another method",
            "the header Allow names it; GET /openapi.json describes it",
        )
    }

    /// Our own fault.
    pub fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written", "send it again")
    }

    /// As JSON. Small, and without anything that cannot be written.
    pub fn body(&self) -> String {
        let document = Document { error: Words { message: &self.message, hint: self.hint } };
        serde_json::to_string(&document).unwrap_or_default()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from(limits::SERVE_RETRY_SECONDS));
        }
        // What is left of such a request would be taken for the next one.
        if matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
