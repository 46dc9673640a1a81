//! Connections to the database that end in the middle: the wire cut at any byte of a question or an answer, the session
//! ended by the server, the statement cancelled. Also of a commit whose answer is lost.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bench::{folder::Folder, subject::Subject};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
};
use url::Url;

use crate::{
    Result, at_length, binary,
    check::Case,
    evidence::Evidence,
    postgres::Postgres,
    sending::{Manners, Senders},
    visits,
};

/// A wire to a database that breaks after so many bytes, each time anew.
struct Wire {
    address: SocketAddr,
    /// Whether it breaks.
    bad: Arc<AtomicBool>,
    /// How often it broke.
    cuts: Arc<AtomicU64>,
    accepting: tokio::task::JoinHandle<()>,
}

/// Bytes in one direction that a bad wire carries: from less than a greeting to some batches of the largest.
const CARRIES: std::ops::Range<f64> = 200.0..3e6;

impl Wire {
    async fn to(database: SocketAddr, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (bad, cuts) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        let accepting = tokio::spawn({
            let (bad, cuts) = (Arc::clone(&bad), Arc::clone(&cuts));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let Ok(upstream) = TcpStream::connect(database).await else { continue };
                    let (from, to) = (stream.into_split(), upstream.into_split());
                    // As often within the first kilobyte as within the last megabyte.
                    let draw = || {
                        let part = random.lock().map_or(0.5, |mut random| random.random::<f64>());
                        (CARRIES.start * (CARRIES.end / CARRIES.start).powf(part)) as u64
                    };
                    let (there, back) = (draw(), draw());
                    let (bad, cuts) = (Arc::clone(&bad), Arc::clone(&cuts));
                    tokio::spawn(async move {
                        let was_cut = tokio::select! {
                            cut = carry(from.0, to.1, there, &bad) => cut,
                            cut = carry(to.0, from.1, back, &bad) => cut,
                        };
                        cuts.fetch_add(u64::from(was_cut), Ordering::Relaxed);
                    });
                }
            }
        });
        Ok(Self { address, bad, cuts, accepting })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries bytes until one side ends, or the wire is bad and has carried enough: `true`. The last ones go over, so that
/// a message is cut in its middle.
async fn carry(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, enough: u64, bad: &AtomicBool) -> bool {
    let mut buffer = vec![0; 16 << 10];
    let mut carried = 0;
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return false };
        carried += length as u64;
        let over = carried.saturating_sub(enough).min(length as u64) as usize;
        let cut = bad.load(Ordering::Relaxed) && over > 0;
        let part = if cut { &buffer[..length - over] } else { &buffer[..length] };
        if to.write_all(part).await.is_err() {
            return false;
        }
        if cut {
            return true;
        }
    }
}

/// How the connections of a test end.
enum Fault {
    Wire,
    /// `pg_terminate_backend` and `pg_cancel_backend` in turn.
    Sessions,
}

/// Beacons under load, while connections end in the middle; then all must be right.
async fn connections_end(fault: Fault, seed: u64) -> Result<()> {
    let postgres = Postgres::start_new(Folder::new("cut")?).await?;
    let mut url = Url::parse(&postgres.url())?;
    // Not through the socket.
    url.set_query(None);
    let wire = Wire::to((Ipv4Addr::LOCALHOST, url.port().ok_or("no port")?).into(), seed).await?;
    url.set_port(Some(wire.address.port())).map_err(|()| "an address without a port")?;
    let mut subject = Subject::new(&binary())?.on_database(url.as_str());
    subject.begin().await?;
    let server = subject.pid();
    let projects = subject.add_projects(3)?;
    let operator = PgPool::connect(&postgres.url()).await?;

    let enough = at_length(25, 300);
    let (mut beacons, mut deliveries, mut ended) = (Vec::new(), Vec::new(), 0);
    for crowd in 0.. {
        if ended > enough {
            break;
        }
        assert!(crowd < 40 * at_length(1, 10), "only {ended} connections or statements were ended");
        let more = Arc::new(visits(&projects, seed + crowd, 1_000));
        let manners = Manners { connections: 48, within: Duration::from_secs(120), gives_up: false };
        let senders = Senders::start(subject.address(), &more, seed, manners);
        let progress = senders.progress();
        wire.bad.store(matches!(fault, Fault::Wire), Ordering::Relaxed);
        for terminate in [true, false].into_iter().cycle() {
            if progress.load(Ordering::Relaxed) == more.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
            if let Fault::Sessions = fault {
                let asked = sqlx::query_scalar(
                    "select count(*) filter (where case when $1 then pg_terminate_backend(pid) else pg_cancel_backend(pid) end)
                     from pg_stat_activity where application_name = 'perfally'",
                );
                let count: i64 = asked.bind(terminate).fetch_one(&operator).await?;
                ended += u64::try_from(count)?;
            }
        }
        deliveries.extend(senders.end().await?);
        beacons.extend(Arc::unwrap_or_clone(more));
        // A pause, in which what waits on disk may be stored by wires that last.
        wire.bad.store(false, Ordering::Relaxed);
        subject.settled(Duration::from_secs(60)).await?;
        ended += wire.cuts.swap(0, Ordering::Relaxed);
    }
    eprintln!("{} beacons, {ended} connections or statements were ended", beacons.len());
    assert_eq!(subject.pid(), server, "the server was started again");

    let evidence = Evidence::read(&operator).await?;
    Case { projects: &projects, beacons: &beacons, deliveries: &deliveries, evidence: &evidence }.all(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wire_that_is_cut_at_any_byte_loses_and_doubles_nothing() -> Result<()> {
    connections_end(Fault::Wire, 31).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_ended_and_statements_that_are_cancelled_lose_and_double_nothing() -> Result<()> {
    connections_end(Fault::Sessions, 32).await
}
