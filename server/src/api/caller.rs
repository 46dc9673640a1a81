//! Which program asks, and whether its plan allows one more request.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use domain::accounts::Actor;
use engine::integrations::{self, Allowance};

use crate::{problem::Problem, state::Server};

/// Who asks; in every operation's extensions.
#[derive(Debug, Clone)]
pub struct Caller(pub Actor);

/// Lets through who shows a key that is open, as often as the plan says. The answer tells what is
/// left.
pub async fn authenticate(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let Some(key) = bearer(request.headers()) else { return missing().into_response() };
    let actor = match integrations::authenticate(&server.engine, key).await {
        Ok(actor) => actor,
        Err(error) => return Problem::from(error).into_response(),
    };
    let allowance = match integrations::count_request(&server.engine, &actor).await {
        Ok(allowance) => allowance,
        Err(error) => return Problem::from(error).into_response(),
    };
    let mut response = if allowance.remaining.is_some() {
        request.extensions_mut().insert(Caller(actor));
        next.run(request).await
    } else {
        spent(allowance).into_response()
    };
    tell(allowance, response.headers_mut());
    response
}

/// The token of `Authorization: Bearer …`. Two such headers are none: who would win?
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = lines.next().filter(|_| lines.next().is_none())?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn missing() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "No API key",
        "Send a key in the header `Authorization: Bearer pr_live_…`. Keys are made under Settings, API keys.",
    )
    .challenge("Bearer realm=\"PerfAlly\"")
}

/// The same for every key that opens nothing, so that nothing is told of those there were.
pub fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "This API key opens nothing",
        "It is mistyped, was revoked, ran out, or its maker left the team. Make a new one under Settings, API keys.",
    )
    .challenge("Bearer realm=\"PerfAlly\", error=\"invalid_token\"")
}

fn spent(allowance: Allowance) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "The plan's requests of this hour are used up",
        format!(
            "The plan allows {} requests an hour, of all keys of the team together. Try again in {} seconds, or move \
             to a larger plan.",
            allowance.limit, allowance.reset_seconds
        ),
    )
    .retry_after(allowance.reset_seconds)
}

fn tell(allowance: Allowance, headers: &mut HeaderMap) {
    for (name, value) in [
        ("ratelimit-limit", allowance.limit),
        ("ratelimit-remaining", allowance.remaining.unwrap_or(0)),
        ("ratelimit-reset", allowance.reset_seconds),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::AUTHORIZATION, line.parse().unwrap());
        }
        bearer(&headers).map(ToOwned::to_owned)
    }

    #[test]
    fn a_key_is_read_whatever_the_case_of_its_scheme() {
        for line in ["Bearer pr_live_x", "bearer pr_live_x", "BEARER  pr_live_x "] {
            assert_eq!(read(&[line]).as_deref(), Some("pr_live_x"), "{line}");
        }
    }

    #[test]
    fn what_is_no_single_bearer_token_is_none() {
        for lines in [&[][..], &["pr_live_x"], &["Basic pr_live_x"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }
}
