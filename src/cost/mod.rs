//! What a stack costs: a price table with sources, and rows by resource. Pure.
