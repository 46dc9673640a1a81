//! Reading a request's body within bounds of size and time.

use std::time::Duration;

use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// What more of a body that is too large is read and thrown away, so that its sender gets to
/// read the answer instead of a reset connection.
const THROWN_AWAY: usize = 4 << 20;
const THROWING_TIME: Duration = Duration::from_secs(2);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    TooLarge,
    TooSlow,
    /// The sender went away, or does not speak HTTP.
    Broken,
}

/// The whole body, at most `limit` bytes, within `time`. Bytes are counted as they come: a
/// declared length is believed only when it is too large.
pub async fn read(
    headers: &HeaderMap,
    body: impl Body<Data = Bytes> + Unpin,
    limit: usize,
    time: Duration,
) -> Result<Bytes, Unread> {
    let declared =
        headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let mut body = body;
    if declared.is_some_and(|length| length > limit as u64) {
        // Who asks first whether to send is told so and sends nothing.
        if !headers.contains_key(http::header::EXPECT) {
            throw_away(&mut body).await;
        }
        return Err(Unread::TooLarge);
    }
    match tokio::time::timeout(time, collect(&mut body, limit)).await {
        Ok(Err(Unread::TooLarge)) => {
            throw_away(&mut body).await;
            Err(Unread::TooLarge)
        }
        Ok(outcome) => outcome,
        Err(_) => Err(Unread::TooSlow),
    }
}

async fn collect(body: &mut (impl Body<Data = Bytes> + Unpin), limit: usize) -> Result<Bytes, Unread> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > limit {
            return Err(Unread::TooLarge);
        }
        // Nearly every body is one piece, which then is not copied.
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

async fn throw_away(body: &mut (impl Body<Data = Bytes> + Unpin)) {
    let mut seen = 0;
    let _ = tokio::time::timeout(THROWING_TIME, async {
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > THROWN_AWAY {
                break;
            }
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_pieces(pieces: &[&'static str], limit: usize) -> Result<Bytes, Unread> {
        let pieces: Vec<Result<&'static str, std::io::Error>> = pieces.iter().map(|&piece| Ok(piece)).collect();
        let body = axum::body::Body::from_stream(futures::stream::iter(pieces));
        read(&HeaderMap::new(), body, limit, Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_put_together_up_to_the_limit() {
        assert_eq!(read_pieces(&["abc", "de", "f"], 6).await.unwrap(), "abcdef");
        assert_eq!(read_pieces(&["abc", "de", "fg"], 6).await, Err(Unread::TooLarge));
        assert_eq!(read_pieces(&[], 0).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let body = axum::body::Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read(&HeaderMap::new(), body, 10, Duration::from_millis(20)).await, Err(Unread::TooSlow));
    }
}
