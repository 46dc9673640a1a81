//! `perfally serve`: the life of the process, from the first look at its variables to the last
//! beacon that was taken.

use std::{
    fs::{self, File, OpenOptions},
    io::{IsTerminal as _, Write as _},
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use domain::accounts::Actor;
use engine::{Clock, Engine, accounts, jobs, projects, rum};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    accept::{self, Crowd},
    availability,
    config::{Config, Faults},
    embedded_postgres::{self, Cluster, EmbeddedPostgres, Purpose},
    refusals,
    router::Doors,
    site::Site,
    state::Server,
    telemetry,
};

/// From the signal to the end at the latest.
const DRAIN: Duration = Duration::from_secs(10);
/// Of these, for requests under way.
const ANSWERS: Duration = Duration::from_secs(6);
/// When everything but our own PostgreSQL must be over.
const DATABASE_LAST: Duration = Duration::from_secs(8);
/// Connections of one address.
const PER_ADDRESS: usize = 256;

pub const DEMO_EMAIL: &str = "demo@perfally.example";
/// Known to everybody, and therefore only where nobody else can reach the server.
pub const DEMO_PASSWORD: &str = "perfally-demo-1";

/// Why the server did not start; whole sentences, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("The configuration cannot be used:\n{0}")]
    Config(#[from] Faults),
    #[error(
        "{address} is taken: another program, or another PerfAlly, listens there. Stop it, or choose another in PERFALLY_ADDR."
    )]
    AddressTaken { address: SocketAddr },
    #[error("Cannot listen on {address}: {source}. Choose another in PERFALLY_ADDR.")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("The data folder {folder} cannot be used: {source}. Choose another in PERFALLY_DATA.")]
    Data { folder: String, source: std::io::Error },
    #[error(
        "Another PerfAlly (process {process}) is using the data folder {folder}. Stop it, or choose another in PERFALLY_DATA."
    )]
    DataInUse { folder: String, process: String },
    #[error(
        "The site's files cannot be read from {folder}: {source}. Build them with `make build`, or name their folder in PERFALLY_SITE."
    )]
    Site { folder: String, source: std::io::Error },
    #[error(transparent)]
    Postgres(#[from] embedded_postgres::Error),
    #[error("{0}")]
    Engine(engine::Error),
    #[error("Signals cannot be listened for: {0}")]
    Signals(std::io::Error),
}

/// Runs until a signal; `Ok` after an orderly end.
pub async fn serve(config: Config) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Signals)?;
    let running = Running::start(config).await?;
    running.greet();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: what is under way is finished first; a second signal ends at once");
    let postgres = running.postgres_to_abandon();
    tokio::select! {
        () = running.stop() => Ok(()),
        _ = terminate.recv() => {
            postgres.abandon();
            Ok(())
        }
        _ = interrupt.recv() => {
            postgres.abandon();
            Ok(())
        }
    }
}

/// A server that runs in this process; tests start several.
pub struct Running {
    pub address: SocketAddr,
    pub server: Server,
    shutdown: CancellationToken,
    accepting: JoinHandle<()>,
    working: JoinHandle<()>,
    tending: Vec<JoinHandle<()>>,
    postgres: Option<EmbeddedPostgres>,
    _data: DataFolder,
}

impl Running {
    /// Starts everything and returns as soon as the port is open; the database may come later.
    pub async fn start(mut config: Config) -> Result<Self, Failure> {
        telemetry::start_figures();
        // A second installation, in a test, changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let crowd = crowd(&config);
        let data = DataFolder::open(&config.data)?;
        let listener = listen(config.address)?;
        let address = listener.local_addr().map_err(|source| Failure::Listen { address: config.address, source })?;
        config.listens_on(address);
        config.keep_secret().map_err(|source| data.unusable(source))?;
        let site = Site::open(&config.site, &config.data)
            .map_err(|source| Failure::Site { folder: config.site.display().to_string(), source })?;
        let postgres = start_postgres(&mut config).await?;
        let db = engine::db::pool(&config.engine.db).map_err(Failure::Engine)?;
        let engine = Engine::new(config.engine.clone(), Clock::default(), db).map_err(Failure::Engine)?;
        let patience = config.patience.clone();
        let server = Server::new(engine, config, site);

        let shutdown = server.stopping.clone();
        let doors = Doors::of(&server);
        let accepting = tokio::spawn(accept::serve(listener, doors, patience, crowd, shutdown.clone()));
        let working = tokio::spawn(work(server.clone(), shutdown.clone()));
        let bounds = server.clone();
        let tending = vec![
            tokio::spawn(availability::watch(server.clone())),
            tokio::spawn(refusals::keep_flushing(server.clone())),
            tokio::spawn(async move { bounds.bounds.tidy().await }),
            tokio::spawn(telemetry::sum_up()),
        ];
        // Answering goes on meanwhile; only beacons have to wait for it.
        server.engine.rum.equipped().await.map_err(Failure::Engine)?;
        Ok(Self { address, server, shutdown, accepting, working, tending, postgres, _data: data })
    }

    /// Says where it is: to a person at a terminal, or to the log.
    fn greet(&self) {
        let url = self.server.engine.config.public_url.as_str().trim_end_matches('/');
        tracing::info!(address = %self.address, url, "PerfAlly is listening");
        let demo = self.server.config.demo && self.address.ip().is_loopback();
        if std::io::stdout().is_terminal() {
            let mut words = format!("\n  PerfAlly  {url}\n");
            if demo {
                words += &format!("  Demo      {url}/demo\n  Sign in   {DEMO_EMAIL}  {DEMO_PASSWORD}\n");
            }
            let _ = writeln!(std::io::stdout(), "{words}");
        } else if demo {
            tracing::info!(email = DEMO_EMAIL, password = DEMO_PASSWORD, "the demo account, for this machine only");
        }
    }

    fn postgres_to_abandon(&self) -> Abandon {
        Abandon(self.postgres.as_ref().map(|postgres| postgres.cluster().clone()))
    }

    /// Takes no more, finishes what is under way, and ends after ten seconds whatever happens.
    pub async fn stop(mut self) {
        let began = Instant::now();
        self.shutdown.cancel();
        if timeout_at(began + ANSWERS, &mut self.accepting).await.is_err() {
            tracing::warn!("some requests were not finished in time");
            self.accepting.abort();
        }
        let rest = async {
            refusals::flush(&self.server).await;
            self.server.engine.rum.drain().await;
            // While the database is away it stays on disk, for the next start.
            if self.server.availability.now().is_open() {
                self.server.engine.rum.settle().await;
            }
            let _ = (&mut self.working).await;
        };
        if timeout_at(began + DATABASE_LAST, rest).await.is_err() {
            tracing::warn!("some work was not finished in time; it is taken up at the next start");
            self.working.abort();
        }
        for task in &self.tending {
            task.abort();
        }
        let _ = timeout_at(began + DATABASE_LAST, self.server.engine.db.close()).await;
        if let Some(postgres) = self.postgres {
            let left = (began + DRAIN).saturating_duration_since(Instant::now());
            postgres.stop(left.saturating_sub(Duration::from_millis(500))).await;
        }
        tracing::info!(milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), "stopped");
    }
}

/// A second signal: PostgreSQL is told to end, and nobody waits for it.
struct Abandon(Option<Cluster>);

impl Abandon {
    fn abandon(&self) {
        if let Some(postmaster) = self.0.as_ref().and_then(Cluster::postmaster) {
            postmaster.stop_fast();
        }
    }
}

/// What waits for the database: the first things of a new one, and the queue of jobs; side by
/// side, for a letter does not wait for the demo.
async fn work(server: Server, shutdown: CancellationToken) {
    let prepared = async {
        loop {
            server.availability.open().await;
            match prepare(&server).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "not everything is prepared; trying again"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let worked = async {
        tokio::select! {
            () = server.availability.open() => {}
            () = shutdown.cancelled() => return,
        }
        jobs::Worker::new(engine::registry()).run_until(&server.engine, shutdown.clone()).await;
    };
    let prepared = async {
        tokio::select! {
            () = prepared => {}
            () = shutdown.cancelled() => {}
        }
    };
    tokio::join!(prepared, worked);
}

async fn prepare(server: &Server) -> engine::Result<()> {
    let engine = &server.engine;
    let own = projects::ensure_internal_project(engine).await?;
    if let Some(key) = own.site_keys.first() {
        let _ = server.own_site_key.set(key.key.as_str().to_owned());
    }
    if !server.config.demo {
        return Ok(());
    }
    rum::seed_demo(engine).await?;
    if server.config.address.ip().is_loopback() {
        match accounts::add_user(engine, &Actor::system(), DEMO_EMAIL, DEMO_PASSWORD).await {
            Ok(_) | Err(engine::Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        accounts::show_house(engine, &Actor::system(), DEMO_EMAIL).await?;
    }
    tracing::info!("the demo is ready");
    Ok(())
}

/// Starts our own PostgreSQL when there is no other, and tells the engine its address.
async fn start_postgres(config: &mut Config) -> Result<Option<EmbeddedPostgres>, Failure> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    let purpose = Purpose::Keep { max_connections: config.engine.db.max_connections };
    let cluster = Cluster::open(&config.data, config.postgres_bin.as_deref(), purpose).await?;
    config.engine.db.url = cluster.url();
    Ok(Some(EmbeddedPostgres::start(cluster)))
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart must not wait for the last one's connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(accept::QUEUE)
    };
    bound().map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => Failure::AddressTaken { address },
        _ => Failure::Listen { address, source },
    })
}

/// As many connections as configured, and as the system lets us have open files for.
fn crowd(config: &Config) -> Crowd {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    // Connections to the database, logs and files need some too.
    let for_clients = files.saturating_sub(config.engine.db.max_connections as usize + 128).max(16);
    if for_clients < config.max_connections {
        tracing::warn!(
            for_clients,
            "the system's limit of open files allows fewer connections than PERFALLY_MAX_CONNECTIONS"
        );
    }
    Crowd {
        all: config.max_connections.min(for_clients),
        per_address: config.engine.rate_limits.then_some(PER_ADDRESS),
        proxies: config.trusted_proxies.clone(),
    }
}

/// The data folder, locked for this process as long as this lives.
pub struct DataFolder {
    folder: String,
    _lock: File,
}

impl DataFolder {
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let folder = path.display().to_string();
        let failed = |source| Failure::Data { folder: path.display().to_string(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let file = path.join("perfally.lock");
        let mut lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let process = fs::read_to_string(&file).unwrap_or_default().trim().to_owned();
                return Err(Failure::DataInUse { folder, process });
            }
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        lock.set_len(0).map_err(failed)?;
        writeln!(lock, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { folder, _lock: lock })
    }

    fn unusable(&self, source: std::io::Error) -> Failure {
        Failure::Data { folder: self.folder.clone(), source }
    }
}
