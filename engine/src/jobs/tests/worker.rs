//! The loop: several at once, through outages, and to its end.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use secrecy::ExposeSecret;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{db, jobs::Worker};

/// Starts a worker; cancel the token and await the handle to end it.
fn start(engine: &Engine) -> (CancellationToken, JoinHandle<()>) {
    let (engine, shutdown) = (engine.clone(), CancellationToken::new());
    let ended = shutdown.clone();
    (shutdown, tokio::spawn(async move { Worker::new(registry()).run_until(&engine, ended).await }))
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..800 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("within 20 s: {what}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn two_workers_never_run_one_job_twice(db: PgPool) {
    let desk = Desk::new(db);
    for n in 0..100 {
        desk.enqueue(&n.to_string(), How::Slowly(n % 3), None).await;
    }
    let workers = [start(desk.engine()), start(desk.engine())];
    until("all jobs are done", async || desk.rows().await.is_empty()).await;
    for (shutdown, worker) in workers {
        shutdown.cancel();
        worker.await.unwrap();
    }
    let mut runs: Vec<u32> = desk.runs().iter().map(|text| text.parse().unwrap()).collect();
    runs.sort_unstable();
    assert_eq!(runs, (0..100).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_due_job_begins_soon(db: PgPool) {
    let desk = Desk::new(db);
    let (shutdown, worker) = start(desk.engine());
    tokio::time::sleep(Duration::from_millis(700)).await;
    let enqueued = Instant::now();
    desk.enqueue("now", How::Well, None).await;
    until("the job has run", async || desk.runs() == ["now"]).await;
    assert!(enqueued.elapsed() < Duration::from_secs(2), "{:?}", enqueued.elapsed());
    shutdown.cancel();
    worker.await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn jobs_that_wait_for_a_silent_service_leave_places_to_our_own(db: PgPool) {
    let desk = Desk::new(db);
    let mut connection = desk.engine().db.acquire().await.unwrap();
    for _ in 0..8 {
        enqueue(&mut connection, &Letter {}, None, desk.world.now()).await.unwrap();
    }
    let (shutdown, worker) = start(desk.engine());
    until("letters are under way", async || desk.rows().await.iter().any(|row| row.is_leased)).await;
    for n in 0..5 {
        desk.enqueue(&n.to_string(), How::Well, None).await;
    }
    let enqueued = Instant::now();
    until("our own jobs have run", async || desk.runs().len() == 5).await;
    assert!(enqueued.elapsed() < Duration::from_secs(3), "{:?}", enqueued.elapsed());
    // One of ours that has run may still be on its way out of the queue.
    let rows = desk.rows().await;
    assert_eq!(rows.iter().filter(|row| row.is_leased && row.kind == Letter::KIND).count(), 2, "letters at once");
    shutdown.cancel();
    worker.await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_panicking_job_stops_nobody(db: PgPool) {
    let desk = Desk::new(db);
    for _ in 0..6 {
        desk.enqueue("ouch", How::Panicking, None).await;
    }
    desk.enqueue("fine", How::Well, None).await;
    let (shutdown, worker) = start(desk.engine());
    until("the last job has run", async || desk.runs().contains(&"fine".to_owned())).await;
    shutdown.cancel();
    worker.await.unwrap();
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_shutdown_lets_the_running_job_end_and_begins_no_other(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("running", How::Slowly(800), None).await;
    let (shutdown, worker) = start(desk.engine());
    until("the job runs", async || desk.rows().await[0].is_leased).await;
    shutdown.cancel();
    desk.enqueue("too late", How::Well, None).await;
    worker.await.unwrap();
    assert_eq!(desk.runs(), ["running"]);
    assert_eq!(desk.rows().await.len(), 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_job_that_was_claimed_at_the_moment_of_a_shutdown_runs(db: PgPool) {
    let desk = Desk::new(db);
    for round in 0..30 {
        let name = round.to_string();
        desk.enqueue(&name, How::Well, None).await;
        let (shutdown, worker) = start(desk.engine());
        // At once: the database knows of the claim a little earlier than the worker does.
        while desk.rows().await.first().is_some_and(|row| !row.is_leased) {}
        shutdown.cancel();
        worker.await.unwrap();
        assert!(desk.runs().contains(&name), "round {round}");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_shutdown_hands_a_long_job_to_the_next_worker_at_once(db: PgPool) {
    let desk = Desk::new(db);
    desk.enqueue("long", How::Slowly(60_000), None).await;
    let (shutdown, worker) = start(desk.engine());
    until("the job runs", async || desk.rows().await[0].is_leased).await;
    let began = Instant::now();
    shutdown.cancel();
    worker.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    let row = &desk.rows().await[0];
    assert_eq!((row.attempts, row.is_leased, row.is_failed), (0, false, false));
    assert!(desk.claim().await.is_some());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_worker_outlives_its_database(db: PgPool) {
    let desk = Desk::new(db);
    let line = Line::to_database().await;
    let mut config = desk.engine().config.db.clone();
    let url = config.url.expose_secret().to_owned();
    let mut url = url::Url::parse(&url).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    // Not through the socket.
    url.set_query(None);
    url.set_port(Some(line.address.port())).unwrap();
    config.url = String::from(url).into();
    let mut engine = desk.engine().clone();
    engine.db = db::pool(&config).unwrap();

    let (shutdown, worker) = start(&engine);
    desk.enqueue("before", How::Well, None).await;
    until("the job before has run", async || desk.runs() == ["before"]).await;
    line.cut().await;
    desk.enqueue("meanwhile", How::Well, None).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(desk.runs(), ["before"], "the line is cut");
    line.mend().await;
    let mended = Instant::now();
    until("the job of the outage has run", async || desk.runs() == ["before", "meanwhile"]).await;
    assert!(mended.elapsed() < Duration::from_secs(5), "{:?}", mended.elapsed());
    shutdown.cancel();
    worker.await.unwrap();
}

/// A line to the database that can be cut.
struct Line {
    address: SocketAddr,
    calls: Arc<tokio::sync::Mutex<Option<JoinSet<()>>>>,
    _accepting: tokio_util::task::AbortOnDropHandle<()>,
}

impl Line {
    async fn to_database() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(tokio::sync::Mutex::new(Some(JoinSet::new())));
        let url = url::Url::parse(&std::env::var("DATABASE_URL").unwrap()).unwrap();
        let database = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(5_432));
        let open = calls.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                // A call while the line is cut is hung up at once.
                if let Some(calls) = &mut *open.lock().await {
                    let database = database.clone();
                    calls.spawn(async move {
                        if let Ok(mut called) = TcpStream::connect(database).await {
                            let _ = tokio::io::copy_bidirectional(&mut caller, &mut called).await;
                        }
                    });
                }
            }
        });
        Self { address, calls, _accepting: tokio_util::task::AbortOnDropHandle::new(accepting) }
    }

    async fn cut(&self) {
        *self.calls.lock().await = None;
    }

    async fn mend(&self) {
        *self.calls.lock().await = Some(JoinSet::new());
    }
}
