//! Answers that are no figures: a status, and what to do about it as JSON.

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::{Error, ErrorKind};

/// Why a request is not answered.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: StatusCode,
    message: String,
    hint: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>, hint: &str) -> Self {
        Self { status, message: message.into(), hint: Some(hint.to_owned()) }
    }

    pub fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this path", "the page is at /")
    }

    pub fn no_such_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this page is only read", "use GET")
    }

    pub fn other_host() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "the request was meant for another host",
            "open the address that the command printed",
        )
    }

    pub fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "the request comes from another page",
            "open the address that the command printed in a tab of its own",
        )
    }

    /// What was asked for cannot be understood.
    pub fn unclear(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, "load the page again")
    }

    pub fn late(seconds: u64) -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("the query took longer than {seconds} s"),
            "choose a run, or a shorter span of time",
        )
    }

    pub fn too_many_rows(most: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("there are more than {most} rows to show"),
            "choose a run, or a shorter span of time",
        )
    }

    pub fn crowded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "as many pages are open as are answered",
            "close some of them",
        )
    }

    /// Our own fault.
    pub fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written", "load the page again")
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind {
            ErrorKind::Input | ErrorKind::Usage | ErrorKind::Config | ErrorKind::CostLimit => {
                StatusCode::BAD_REQUEST
            }
            ErrorKind::Outside | ErrorKind::Interrupted | ErrorKind::Terminated => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ErrorKind::Failed | ErrorKind::Leftovers | ErrorKind::Rejected => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self { status, message: error.to_string(), hint: error.hint }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "message": self.message, "hint": self.hint } });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
