//! The headers by which browsers protect our visitors, on every answer, errors included.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::Engine as _;
use rand::Rng as _;
use url::Url;

/// What a script of one answer must carry to run. In every request's extensions.
#[derive(Debug, Clone)]
pub struct ScriptNonce(pub Arc<str>);

impl ScriptNonce {
    pub fn random() -> Self {
        let mut bytes = [0_u8; 18];
        rand::rng().fill_bytes(&mut bytes);
        Self(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes).into())
    }
}

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Our own forms are led back by the address they came from; others learn the host at most.
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"),
    ),
];

/// Adds what is not there yet; a door may have said otherwise, as the beacon's does.
pub fn protect(headers: &mut HeaderMap, nonce: &ScriptNonce, public_url: &Url) {
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if public_url.scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|content| content.as_bytes().starts_with(b"text/html"));
    let policy = if html {
        HeaderValue::from_str(&format!(
            "default-src 'none'; script-src 'self' 'nonce-{}' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            nonce.0
        ))
    } else {
        Ok(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
    };
    if let Ok(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
