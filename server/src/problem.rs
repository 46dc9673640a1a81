//! What is answered when something cannot be: `application/problem+json` for programs, a page
//! for people. Words say what happened and what to do; nothing of the request is repeated.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Invalid;

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    pub title: &'static str,
    /// What to do.
    pub detail: String,
    /// Seconds after which trying again may help.
    pub retry_after: Option<u32>,
    /// Every parameter that must be mended.
    pub invalid: Vec<Invalid>,
    /// How to show who one is, where that is missing: `WWW-Authenticate`.
    pub challenge: Option<&'static str>,
}

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), retry_after: None, invalid: Vec::new(), challenge: None }
    }

    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn invalid(mut self, invalid: Vec<Invalid>) -> Self {
        self.invalid = invalid;
        self
    }

    #[must_use]
    pub const fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Nothing here", "There is nothing at this address.")
    }

    pub fn away() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "PerfAlly cannot reach its database",
            "This is usually over in a few seconds. Nothing that was accepted is lost. Try again in a moment.",
        )
        .retry_after(2)
    }

    pub fn starting() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "PerfAlly is starting",
            "Its database is being prepared. Try again in a moment.",
        )
        .retry_after(2)
    }

    pub fn busy() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "PerfAlly is busy",
            "It is answering as many requests as it can. Try again in a moment.",
        )
        .retry_after(1)
    }

    pub fn too_many(seconds: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many requests",
            format!("Too many requests came from this address. Try again in {seconds} seconds."),
        )
        .retry_after(seconds)
    }

    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "Try again. If it stays, quote the reference in the header X-Request-Id.",
        )
    }

    /// A page when `headers` say that a person is asking, else JSON.
    pub fn answer(self, headers: &HeaderMap) -> Response {
        let html = headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"));
        if html { self.page() } else { self.into_response() }
    }

    fn page(self) -> Response {
        // No word below comes from outside, except numbers.
        let again = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => "<meta http-equiv=\"refresh\" content=\"3\">",
            _ => "",
        };
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{again}<title>{title} · PerfAlly</title>\
             <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;\
             margin:20vh auto;padding:0 1.5rem}}h1{{font-size:1.75rem;line-height:1.2}}</style></head>\
             <body><main><h1>{title}</h1><p>{detail}</p><p><a href=\"/\">To the start page</a></p></main></body></html>",
            title = self.title,
            detail = self.detail,
        );
        self.with_body(Body::from(page), "text/html; charset=utf-8")
    }

    fn with_body(&self, body: Body, content_type: &'static str) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.invalid.is_empty() {
            let of =
                |Invalid { field, message }: &Invalid| serde_json::json!({ "parameter": field, "detail": message });
            body["errors"] = self.invalid.iter().map(of).collect();
        }
        self.with_body(Body::from(body.to_string()), "application/problem+json")
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}
