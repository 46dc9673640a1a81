//! What a connection is doing, as far as patience with it is concerned.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use hyper::{
    Version,
    body::{Frame, SizeHint},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::Patience;

/// Written by the socket and the requests of one connection, read by its guard.
pub struct Activity {
    began: Instant,
    /// Requests whose answer is not sent yet.
    under_way: AtomicUsize,
    /// HTTP/2: bytes between requests may be housekeeping and need not begin a head.
    multiplexed: AtomicBool,
    /// Milliseconds after `began` at which something began, plus one; 0 for "not now".
    head_since: AtomicU64,
    idle_since: AtomicU64,
    unread_since: AtomicU64,
}

impl Activity {
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            multiplexed: AtomicBool::new(false),
            head_since: AtomicU64::new(0),
            idle_since: AtomicU64::new(1),
            unread_since: AtomicU64::new(0),
        }
    }

    fn stamp(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    fn lasted(&self, since: &AtomicU64) -> Option<Duration> {
        let since = since.load(Ordering::Relaxed);
        (since > 0).then(|| Duration::from_millis(self.stamp().saturating_sub(since)))
    }

    fn begin(&self, since: &AtomicU64) {
        let _ = since.compare_exchange(0, self.stamp(), Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Bytes came. Between requests, they begin a head.
    fn received(&self) {
        if self.under_way.load(Ordering::Relaxed) == 0 && !self.multiplexed.load(Ordering::Relaxed) {
            self.begin(&self.head_since);
        }
    }

    /// Ends when a request is under way, or when none came for so long.
    pub async fn next_request(&self, within: Duration) {
        let until = Instant::now() + within;
        while self.under_way.load(Ordering::Relaxed) == 0 && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends when patience does, with the reason.
    pub async fn given_up(&self, patience: &Patience) -> &'static str {
        let glance = patience.head.min(patience.idle).min(patience.unread) / 4;
        loop {
            tokio::time::sleep(glance.max(Duration::from_millis(10))).await;
            if self.lasted(&self.unread_since).is_some_and(|lasted| lasted > patience.unread) {
                return "unread";
            }
            if self.under_way.load(Ordering::Relaxed) > 0 {
                continue;
            }
            if self.lasted(&self.head_since).is_some_and(|lasted| lasted > patience.head) {
                return "head";
            }
            if self.lasted(&self.idle_since).is_some_and(|lasted| lasted > patience.idle) {
                return "idle";
            }
        }
    }
}

/// One request, from its head to the last byte of its answer.
pub struct InFlight(Arc<Activity>);

impl InFlight {
    pub fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        activity.under_way.fetch_add(1, Ordering::Relaxed);
        activity.multiplexed.store(version == Version::HTTP_2, Ordering::Relaxed);
        activity.head_since.store(0, Ordering::Relaxed);
        activity.idle_since.store(0, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }

    /// The answer's body, which keeps the request under way until it is sent or given up.
    pub fn until_sent(self, body: Body) -> Sent {
        Sent { body, _under_way: self }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.idle_since.store(self.0.stamp(), Ordering::Relaxed);
        }
    }
}

pub struct Sent {
    body: Body,
    _under_way: InFlight,
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that notes when bytes come, and since when they do not go.
pub struct Watched<S> {
    socket: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    pub const fn new(socket: S, activity: Arc<Activity>) -> Self {
        Self { socket, activity }
    }

    fn went<T>(&self, outcome: &Poll<std::io::Result<T>>) {
        match outcome {
            Poll::Pending => self.activity.begin(&self.activity.unread_since),
            Poll::Ready(_) => self.activity.unread_since.store(0, Ordering::Relaxed),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.socket).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.went(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.went(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
