//! The door for beacons: `POST /api/beacon`, open to every site, without cookies.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{billing::Month, rum::DropReason};
use engine::rum::{Arrival, MAX_BODY, Refusal};

use crate::{
    address::ClientAddress,
    body::{self, Unread},
    state::Server,
};

pub const PATH: &str = "/api/beacon";

const OPEN: [(HeaderName, HeaderValue); 3] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// `OPTIONS /api/beacon`: our own script needs no such question, others may.
pub async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
    ];
    (StatusCode::NO_CONTENT, OPEN, allowed).into_response()
}

/// `POST /api/beacon`: 202, which is `Ok`, once the beacon is durable.
pub async fn receive(
    server: &Server,
    client: ClientAddress,
    request: Request<impl hyper::body::Body<Data = Bytes> + Unpin>,
) -> Result<(), Response> {
    if let Err(seconds) = server.bounds.beacons.admit(client.subject()) {
        server.refusals.count(DropReason::RateLimited);
        return Err(dropped(DropReason::RateLimited, Some(seconds)));
    }
    let (head, content) = request.into_parts();
    let declared =
        head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let Some(room) = server.bounds.beacon(declared.map_or(MAX_BODY, |length| length.min(MAX_BODY))) else {
        return Err(busy());
    };
    let content = match body::read(&head.headers, content, MAX_BODY, server.config.patience.body).await {
        Ok(content) => content,
        Err(Unread::TooLarge) => {
            server.refusals.count(DropReason::TooLarge);
            return Err(dropped(DropReason::TooLarge, None));
        }
        Err(Unread::TooSlow) => {
            server.refusals.count(DropReason::Unreadable);
            let words = "The beacon did not arrive in time. Send it again.";
            return Err(refused(StatusCode::REQUEST_TIMEOUT, "too_slow", words, None));
        }
        Err(Unread::Broken) => {
            server.refusals.count(DropReason::Unreadable);
            return Err(dropped(DropReason::Unreadable, None));
        }
    };
    let is_open = server.availability.now().is_open();
    let spools = server.engine.rum.spooled().is_some();
    if !is_open && !spools {
        return Err(away());
    }
    let received_at = server.engine.now();
    let arrival = Arrival {
        // The piece of the connection's buffer that it came in would be held until it is written.
        body: Bytes::copy_from_slice(&content),
        origin: text(&head.headers, &header::ORIGIN),
        user_agent: text(&head.headers, &header::USER_AGENT),
        address: client.0,
        received_at,
    };
    let collector = &server.engine.rum;
    let outcome =
        async { if is_open { collector.receive(arrival).await } else { collector.receive_cut_off(arrival).await } };
    let outcome = tokio::select! {
        // First: a visitor who closes the page stops no beacon that was looked at once.
        biased;
        outcome = outcome => outcome,
        // It may be written yet; sent again, it counts once all the same.
        () = server.availability.given_up(), if !spools => Err(Refusal::Away),
    };
    drop(room);
    outcome.map_err(|refusal| match refusal {
        Refusal::Dropped(reason) => dropped(reason, retry_after(reason, received_at)),
        Refusal::Busy => busy(),
        Refusal::Away => away(),
    })
}

/// The headers of every 202, but for those that protect.
pub fn taken() -> HeaderMap {
    OPEN.into_iter().chain([(header::CONTENT_LENGTH, HeaderValue::from_static("0"))]).collect()
}

/// Seconds after which the same beacon may be taken.
fn retry_after(reason: DropReason, now: DateTime<Utc>) -> Option<u32> {
    (reason == DropReason::OverQuota).then(|| Month::seconds_left(now))
}

/// Any other method.
pub async fn wrong_method() -> Response {
    let mut response = refused(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Send beacons with POST.", None);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}

fn dropped(reason: DropReason, retry_after: Option<u32>) -> Response {
    let status = match reason {
        DropReason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        DropReason::UnknownKey | DropReason::OriginNotAllowed => StatusCode::FORBIDDEN,
        DropReason::RateLimited | DropReason::OverQuota => StatusCode::TOO_MANY_REQUESTS,
        DropReason::Unreadable
        | DropReason::UnsupportedVersion
        | DropReason::BadId
        | DropReason::BadUrl
        | DropReason::LateUpdate
        | DropReason::NotStorable => StatusCode::BAD_REQUEST,
    };
    refused(status, reason.as_str(), reason.message(), retry_after)
}

fn busy() -> Response {
    let words = "The server takes as many beacons as it can. Try again after the time in Retry-After.";
    refused(StatusCode::TOO_MANY_REQUESTS, "busy", words, Some(1))
}

fn away() -> Response {
    let words = "The database cannot be reached. It may not be stored: send it again after the time in Retry-After.";
    refused(StatusCode::SERVICE_UNAVAILABLE, "away", words, Some(2))
}

fn refused(status: StatusCode, code: &str, message: &str, retry_after: Option<u32>) -> Response {
    let body = serde_json::json!({ "error": { "code": code, "message": message } });
    let mut response = (status, OPEN, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}
