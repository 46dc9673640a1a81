//! The door to the network: our own loop over hyper, because `axum::serve` lets a slow or
//! silent client hold a connection for ever.
//!
//! A connection may be silent for a while between requests, must send a head once it began
//! one, and must read what it asked for. One address has so many connections, all together so
//! many. Draining closes what is idle at once and lets the rest finish.

mod activity;
mod census;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::response::Response;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    activity::{Activity, InFlight, Watched},
    census::{Census, Refusal},
};
use crate::{
    address::{Network, Peer},
    router::Doors,
};

/// How patient the door is.
#[derive(Debug, Clone)]
pub struct Patience {
    /// From the first byte of a request's head to its last.
    pub head: Duration,
    /// Without any request.
    pub idle: Duration,
    /// Without the client taking anything of its answer.
    pub unread: Duration,
    /// For a request's body; see [`crate::body`].
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            unread: Duration::from_secs(30),
            body: Duration::from_secs(10),
        }
    }
}

/// At the end, how long a connection that is silent stays open: its client may have sent a
/// request that is on its way, and is told with the answer that no more are taken.
const FAREWELL: Duration = Duration::from_millis(500);

/// Connections that the system may hold for us until we accept them.
pub const QUEUE: u32 = 4_096;

/// How many connections there may be.
#[derive(Debug, Clone)]
pub struct Crowd {
    pub all: usize,
    /// Of one address; `None` lifts it.
    pub per_address: Option<usize>,
    /// Proxies stand for many visitors and are not counted by address.
    pub proxies: Vec<Network>,
}

/// Accepts and serves until `shutdown`, then until all that was under way is answered. Drop
/// the future to end the rest.
pub async fn serve(listener: TcpListener, doors: Doors, patience: Patience, crowd: Crowd, shutdown: CancellationToken) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // Ours tells waiting for a request from waiting for the rest of one.
        .header_read_timeout(None)
        .max_buf_size(64 << 10);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_header_list_size(32 << 10)
        .max_pending_accept_reset_streams(32)
        .max_local_error_reset_streams(64)
        .max_send_buf_size(256 << 10)
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    let builder = Arc::new(builder);
    let patience = Arc::new(patience);
    let census = Census::new(crowd);
    let refusals = Arc::new(Semaphore::new(256));
    // Dropped with this future, and every connection with it.
    let end = CancellationToken::new();
    let _end_with_us = end.clone().drop_guard();
    let connections = TaskTracker::new();
    let mut in_queue = QUEUE;
    loop {
        let accepted = tokio::select! {
            biased;
            // Who stands in the system's queue may have sent a request already: closing it now
            // would leave that one without an answer.
            accepted = listener.accept(), if in_queue > 0 => accepted,
            () = shutdown.cancelled() => break,
        };
        if shutdown.is_cancelled() {
            in_queue -= 1;
        }
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a client that was gone again.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let place = match census.admit(address.ip()) {
            Ok(place) => place,
            Err(refusal) => {
                metrics::counter!("perfally_connections_refused_total", "reason" => refusal.label()).increment(1);
                if let Ok(permit) = Arc::clone(&refusals).try_acquire_owned() {
                    tokio::spawn(async move {
                        let _ = tokio::time::timeout(Duration::from_secs(1), refuse(stream, refusal)).await;
                        drop(permit);
                    });
                }
                continue;
            }
        };
        let (builder, doors, patience) = (Arc::clone(&builder), doors.clone(), Arc::clone(&patience));
        let (shutdown, end) = (shutdown.clone(), end.clone());
        connections.spawn(async move {
            tokio::select! {
                () = connection(stream, address, doors, &builder, &patience, &shutdown) => {}
                () = end.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    doors: Doors,
    builder: &auto::Builder<TokioExecutor>,
    patience: &Patience,
    shutdown: &CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let activity = Arc::new(Activity::new());
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
    let service = {
        let activity = Arc::clone(&activity);
        service_fn(move |request: hyper::Request<Incoming>| {
            let under_way = InFlight::begin(&activity, request.version());
            let answer = doors.clone().answer(Peer(address.ip()), request);
            async move {
                let response: Response = answer.await;
                Ok::<_, Infallible>(response.map(|body| under_way.until_sent(body)))
            }
        })
    };
    let serving = builder.serve_connection(io, service);
    let mut serving = std::pin::pin!(serving);
    let mut told = false;
    let given_up = activity.given_up(patience);
    let mut given_up = std::pin::pin!(given_up);
    let ending = async {
        shutdown.cancelled().await;
        activity.next_request(FAREWELL).await;
    };
    let mut ending = std::pin::pin!(ending);
    loop {
        tokio::select! {
            outcome = serving.as_mut() => {
                if let Err(error) = outcome {
                    tracing::trace!(%error, "a connection ended early");
                }
                return;
            }
            reason = &mut given_up => {
                metrics::counter!("perfally_connections_given_up_total", "reason" => reason).increment(1);
                return;
            }
            () = &mut ending, if !told => {
                told = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Says in plain bytes why a connection is not served; no request is read for that.
async fn refuse(mut stream: TcpStream, refusal: Refusal) -> std::io::Result<()> {
    stream.write_all(refusal.answer().as_bytes()).await?;
    stream.shutdown().await?;
    // Closing with unread bytes would reset the connection before the answer is read.
    let mut scrap = [0_u8; 4_096];
    while stream.read(&mut scrap).await? > 0 {}
    Ok(())
}
