//! One cluster on disk: where it lives, how it is made, how its server is started, found again
//! and stopped. Keeping it running is `supervise`'s.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::Child;
use url::{Url, form_urlencoded};

use super::{Account, Error, Programs, io};

/// The database role that owns everything in the cluster.
const ROLE: &str = "perfally";
/// A log that grew past this is put aside at the next start.
const LOG_BYTES: u64 = 10 << 20;

/// What a cluster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The product's data: nothing that was committed may be lost.
    Keep { max_connections: u32 },
    /// Thrown away after one command.
    ThrowAway { fast: bool },
}

/// A cluster whose folder exists and is initialised.
#[derive(Debug, Clone)]
pub struct Cluster {
    programs: Programs,
    account: Option<Account>,
    purpose: Purpose,
    /// PostgreSQL's data directory.
    folder: PathBuf,
    log: PathBuf,
    url: Url,
    /// Held as long as this process may start or stop the cluster.
    _lock: std::sync::Arc<File>,
}

impl Cluster {
    /// Opens the cluster of the data folder `data`, or makes it there on the first start.
    pub async fn open(data: &Path, named: Option<&Path>, purpose: Purpose) -> Result<Self, Error> {
        let data = data.canonicalize().map_err(io(format!("opening {}", data.display())))?;
        let account = Account::needed()?;
        let newest = Programs::find(named, None).await;
        let home = home(&data, account.as_ref(), newest.as_ref().ok()).await?;
        let lock = lock(&home)?;
        let folder = home.join("postgres");
        let programs = match fs::read_to_string(folder.join("PG_VERSION")) {
            Ok(version) => Programs::find(named, version.trim().parse().ok()).await?,
            Err(_) => newest?,
        };
        let mut cluster = Self {
            url: url(&data.join("postgres.url"), &folder)?,
            log: home.join("postgres.log"),
            _lock: std::sync::Arc::new(lock),
            programs,
            account,
            purpose,
            folder,
        };
        if !cluster.folder.join("PG_VERSION").exists() {
            cluster.create().await?;
        }
        let (port, socket) = match cluster.postmaster() {
            // It was left running by a process that was killed: it keeps its port.
            Some(postmaster) => (postmaster.port, postmaster.socket),
            None => (free_port(cluster.port())?, true),
        };
        cluster.url.set_port(Some(port)).map_err(|()| Error::Damaged { file: data.join("postgres.url") })?;
        let socket = if socket { through_socket(&cluster.folder) } else { None };
        cluster.url.set_query(socket.as_deref());
        write_private(&data.join("postgres.url"), cluster.url.as_str())?;
        Ok(cluster)
    }

    /// The address for clients, with the password in it.
    pub fn url(&self) -> SecretString {
        SecretString::from(self.url.as_str())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn port(&self) -> u16 {
        self.url.port().unwrap_or(0)
    }

    /// Makes the cluster beside its place and moves it there whole, so that a start that was
    /// killed half-way leaves nothing that looks finished.
    async fn create(&self) -> Result<(), Error> {
        let unfinished = self.folder.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(io(format!("removing {}", unfinished.display())))?;
        }
        tracing::info!(folder = %self.folder.display(), version = self.programs.major, "making a private PostgreSQL");
        fs::create_dir(&unfinished).map_err(io(format!("making {}", unfinished.display())))?;
        let password = unfinished.with_extension("password");
        write_private(&password, self.url.password().unwrap_or_default())?;
        fs::set_permissions(&unfinished, Permissions::from_mode(0o700)).map_err(io("setting permissions"))?;
        if let Some(account) = &self.account {
            for path in [&unfinished, &password] {
                chown(path, Some(account.uid), Some(account.gid))
                    .map_err(io("giving files to PostgreSQL's account"))?;
            }
        }
        let mut initdb = self.programs.command("initdb", self.account.as_ref());
        initdb.arg("-D").arg(&unfinished).args(["-U", ROLE, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]);
        initdb.arg(format!("--pwfile={}", password.display())).current_dir(&unfinished);
        if matches!(self.purpose, Purpose::ThrowAway { .. }) {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().await;
        let _ = fs::remove_file(&password);
        let output = output.map_err(io("starting initdb"))?;
        if !output.status.success() {
            let words = [output.stdout, output.stderr].concat();
            return Err(Error::InitDb { output: String::from_utf8_lossy(&words).trim().to_owned() });
        }
        fs::rename(&unfinished, &self.folder).map_err(io(format!("moving to {}", self.folder.display())))
    }

    /// Starts the server as a child of this process. It is not ready yet; see [`Self::ready`].
    pub fn spawn(&self) -> Result<Child, Error> {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_BYTES) {
            let _ = fs::rename(&self.log, self.log.with_extension("log.old"));
        }
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log);
        let log = log.map_err(io(format!("opening {}", self.log.display())))?;
        let for_errors = log.try_clone().map_err(io("opening PostgreSQL's log"))?;
        let mut command = self.programs.command("postgres", self.account.as_ref());
        command.arg("-D").arg(&self.folder).current_dir(&self.folder);
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        // A group of its own: Ctrl-C in a terminal must not end the database before the server.
        command.stdin(Stdio::null()).stdout(log).stderr(for_errors).process_group(0);
        command.spawn().map_err(io("starting postgres"))
    }

    fn settings(&self) -> Vec<String> {
        let connections = match self.purpose {
            Purpose::Keep { max_connections } => max_connections + 16,
            Purpose::ThrowAway { .. } => 200,
        };
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port()),
            // In the data directory, for the usual folder is shared by everybody on the machine. It costs less than TCP,
            // on which sqlx 0.9.0 lets the end of what it sends wait 40 ms for an acknowledgement of its beginning.
            "unix_socket_directories=.".to_owned(),
            format!("max_connections={connections}"),
            "shared_buffers=128MB".to_owned(),
            "max_wal_size=4GB".to_owned(),
            // Many small statements: compiling them costs more than it gains.
            "jit=off".to_owned(),
            "timezone=UTC".to_owned(),
            "log_timezone=UTC".to_owned(),
            "logging_collector=off".to_owned(),
            "log_line_prefix=%m [%p] ".to_owned(),
        ];
        let durability: &[&str] = match self.purpose {
            Purpose::ThrowAway { fast: true } => &["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
            Purpose::ThrowAway { fast: false } | Purpose::Keep { .. } => &["fsync=on", "synchronous_commit=on"],
        };
        settings.extend(durability.iter().map(|&setting| setting.to_owned()));
        settings
    }

    /// The server that runs on this cluster, whoever started it.
    pub fn postmaster(&self) -> Option<Postmaster> {
        let found = Postmaster::read(&fs::read_to_string(self.folder.join("postmaster.pid")).ok()?)?;
        found.lives_in(&self.folder).then_some(found)
    }

    /// Whether the server takes connections.
    pub fn ready(&self) -> bool {
        self.postmaster().is_some_and(|postmaster| postmaster.ready)
    }

    /// The last lines of PostgreSQL's log, for our own.
    pub fn last_words(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&log[log.len().saturating_sub(4_096)..]).into_owned();
        let lines: Vec<&str> = text.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// What `postmaster.pid` says of a running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Postmaster {
    pid: Pid,
    pub port: u16,
    /// Whether it listens on a socket too.
    socket: bool,
    ready: bool,
}

impl Postmaster {
    /// Lines: process id, data directory, start time, port, socket folder, address, shared
    /// memory, state. The later ones appear as the start proceeds.
    fn read(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: Pid::from_raw(lines.first()?.parse().ok().filter(|&pid: &i32| pid > 1)?)?,
            port: lines.get(3)?.parse().ok()?,
            socket: lines.get(4).is_some_and(|folder| !folder.is_empty()),
            ready: lines.get(7) == Some(&"ready"),
        })
    }

    /// Whether the process is alive and is this cluster's: the number may have passed on to
    /// another process since the file was written.
    pub fn lives_in(&self, folder: &Path) -> bool {
        let process = PathBuf::from(format!("/proc/{}", self.pid.as_raw_nonzero()));
        if Path::new("/proc/self").exists() {
            // A zombie has no working directory any more.
            return fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder);
        }
        test_kill_process(self.pid).is_ok()
    }

    /// Ends open transactions and stops.
    pub fn stop_fast(&self) {
        let _ = kill_process(self.pid, Signal::INT);
    }

    /// Stops at once; the next start recovers from the log of changes.
    pub fn stop_at_once(&self) {
        let _ = kill_process(self.pid, Signal::QUIT);
    }
}

/// Stops the server of a throw-away cluster whose owner was killed.
pub fn stop_left_behind(folder: &Path) {
    let found = fs::read_to_string(folder.join("postmaster.pid")).ok().and_then(|text| Postmaster::read(&text));
    if let Some(postmaster) = found.filter(|postmaster| postmaster.lives_in(folder)) {
        postmaster.stop_at_once();
    }
}

/// Where the cluster of a data folder lives: in it, or, when PostgreSQL's account cannot get
/// there (a folder under `/root`), in `/var/lib/perfally`, with a note in the data folder.
async fn home(data: &Path, account: Option<&Account>, programs: Option<&Programs>) -> Result<PathBuf, Error> {
    let note = data.join("postgres-is-elsewhere.txt");
    if let Ok(text) = fs::read_to_string(&note)
        && let Some(path) = text.lines().next().map(PathBuf::from).filter(|path| path.is_absolute())
    {
        return Ok(path);
    }
    let (Some(account), Some(programs)) = (account, programs) else { return Ok(data.to_owned()) };
    if account.can_enter(programs, data).await {
        return Ok(data.to_owned());
    }
    let name = hash(data);
    let elsewhere = Path::new("/var/lib/perfally").join(name);
    fs::create_dir_all(&elsewhere).map_err(io(format!("making {}", elsewhere.display())))?;
    for folder in [Path::new("/var/lib/perfally"), &elsewhere] {
        fs::set_permissions(folder, Permissions::from_mode(0o711)).map_err(io("setting permissions"))?;
    }
    if !account.can_enter(programs, &elsewhere).await {
        return Err(Error::NoEntry { account: account.name.clone(), folder: data.to_owned() });
    }
    let words = format!(
        "{}\n\nThe account {} that PostgreSQL runs as cannot enter this folder, so its files are in the folder above.\n",
        elsewhere.display(),
        account.name
    );
    fs::write(&note, words).map_err(io(format!("writing {}", note.display())))?;
    Ok(elsewhere)
}

fn hash(path: &Path) -> String {
    use sha2::Digest as _;
    use std::os::unix::ffi::OsStrExt as _;
    let digest = sha2::Sha256::digest(path.as_os_str().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// One process at a time starts and stops a cluster.
fn lock(home: &Path) -> Result<File, Error> {
    let path = home.join("postgres.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.map_err(io(format!("opening {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::InUse { folder: home.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(io(format!("locking {}", path.display()))(source)),
    }
}

/// The address with its password: what the file keeps, or a new one for a new cluster.
fn url(file: &Path, folder: &Path) -> Result<Url, Error> {
    match fs::read_to_string(file) {
        Ok(text) => Url::parse(text.trim())
            .ok()
            .filter(|url| url.password().is_some())
            .ok_or_else(|| Error::Damaged { file: file.to_owned() }),
        Err(_) if folder.join("PG_VERSION").exists() => Err(Error::Damaged { file: file.to_owned() }),
        Err(_) => {
            let password = crate::secret::random_hex(24);
            let url = format!("postgres://{ROLE}:{}@127.0.0.1:1/postgres", password.expose_secret());
            // Written before the cluster exists: a password that is lost cannot be had again.
            write_private(file, &url)?;
            Url::parse(&url).map_err(|_| Error::Damaged { file: file.to_owned() })
        }
    }
}

/// What an address says to go through the socket in a folder; `None`: the path is longer than a socket's may be.
fn through_socket(folder: &Path) -> Option<String> {
    const LONGEST: usize = 107;
    let folder = folder.to_str().filter(|path| path.len() + "/.s.PGSQL.65535".len() <= LONGEST)?;
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair("host", folder).finish();
    // psql takes a plus for a plus.
    Some(pair.replace('+', "%20"))
}

/// The port of before if it is free, else any free one.
fn free_port(before: u16) -> Result<u16, Error> {
    let listener = (before > 1)
        .then(|| TcpListener::bind((Ipv4Addr::LOCALHOST, before)).ok())
        .flatten()
        .map_or_else(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), Ok);
    listener.and_then(|listener| listener.local_addr()).map(|address| address.port()).map_err(io("finding a free port"))
}

/// Replaces a file that nobody else may read.
fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    crate::secret::write_private(path, text).map_err(io(format!("writing {}", path.display())))
}

/// How long a start or stop may take before we say so; recovery after a crash takes a while.
pub const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str = "4711\n/data/postgres\n1763800000\n40123\n\n127.0.0.1\n  1314   7\nready   \n";

    #[test]
    fn a_running_server_is_read_from_its_file() {
        let postmaster = Postmaster::read(RUNNING).unwrap();
        assert_eq!((postmaster.pid.as_raw_nonzero().get(), postmaster.port, postmaster.ready), (4711, 40_123, true));
        assert!(!postmaster.socket);
        assert!(Postmaster::read(&RUNNING.replace("40123\n\n", "40123\n.\n")).unwrap().socket);
        let starting = RUNNING.replace("ready   ", "starting");
        assert!(!Postmaster::read(&starting).unwrap().ready);
    }

    #[test]
    fn a_file_that_says_nothing_or_names_init_is_no_server() {
        assert_eq!(Postmaster::read(""), None);
        assert_eq!(Postmaster::read("4711\n/data"), None);
        assert_eq!(Postmaster::read(&RUNNING.replace("4711", "1")), None);
        assert_eq!(Postmaster::read(&RUNNING.replace("4711", "-1")), None);
    }

    #[test]
    fn an_address_leads_through_the_socket_if_its_path_is_short_enough() {
        let address = |folder: &str| {
            let mut url = Url::parse("postgres://perfally:word@127.0.0.1:5432/postgres").unwrap();
            url.set_query(through_socket(Path::new(folder)).as_deref());
            url
        };
        let url = address("/srv/our data+more/postgres");
        assert_eq!(url.query_pairs().next().unwrap().1, "/srv/our data+more/postgres");
        assert!(!url.as_str().contains('+'));
        assert_eq!(address(&format!("/{}", "x".repeat(92))).query(), None);
    }

    #[test]
    fn a_number_that_passed_on_to_another_process_is_not_our_server() {
        let ours = Postmaster { pid: rustix::process::getpid(), port: 1, socket: false, ready: true };
        assert!(!ours.lives_in(Path::new("/nowhere")));
    }
}
