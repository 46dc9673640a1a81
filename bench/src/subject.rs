//! What is measured and tormented: the real binary `perfally` on a free port, with a data folder
//! and a PostgreSQL of its own.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Result,
    client::{self, Connection},
    folder::Folder,
    generator::Site,
    processes,
};

/// Who owns all projects, and signs in with [`PASSWORD`].
pub const OWNER: &str = "owner@perfally.example";
pub const PASSWORD: &str = "correct horse 42 battery staple";
/// How long a first start may take: `initdb` on a busy machine.
const START: Duration = Duration::from_secs(90);

/// A server that can be killed and started again on the same port and data.
pub struct Subject {
    binary: PathBuf,
    folder: Folder,
    address: SocketAddr,
    /// A database of somebody else's, instead of a PostgreSQL of its own.
    database: Option<String>,
    /// Settings beside those that all have.
    settings: Vec<(&'static str, String)>,
    child: Option<Child>,
}

/// A project of the subject.
#[derive(Debug, Clone)]
pub struct Project {
    pub id: uuid::Uuid,
    pub site: Site,
}

impl Subject {
    /// Picks a port and a folder; nothing runs yet.
    pub fn new(binary: &Path) -> Result<Self> {
        let binary = binary
            .canonicalize()
            .map_err(|error| format!("{}: {error}. Build it with `cargo build -p server`.", binary.display()))?;
        let folder = Folder::new("subject")?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self { binary, folder, address, database: None, settings: Vec::new(), child: None })
    }

    /// Works on this database, which it neither starts nor stops.
    pub fn on_database(mut self, url: &str) -> Self {
        self.database = Some(url.to_owned());
        self
    }

    /// Runs with this setting.
    pub fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((variable, value.into()));
        self
    }

    /// Starts it with the owner of all projects, and waits until it is ready.
    pub async fn start_new(binary: &Path) -> Result<Self> {
        let mut subject = Self::new(binary)?;
        subject.begin().await?;
        Ok(subject)
    }

    /// The first start of a data folder.
    pub async fn begin(&mut self) -> Result<()> {
        self.start()?;
        self.ready(START).await?;
        self.admin(&["user", "add", OWNER, "--password-stdin"], PASSWORD)?;
        Ok(())
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(self.data()).env_clear().stdin(Stdio::null());
        for kept in ["PATH", "HOME", "TMPDIR", "PERFALLY_POSTGRES_BIN"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        for (variable, folder) in [("PERFALLY_SITE", "site"), ("PERFALLY_ASSETS", "assets")] {
            command.env(variable, built(variable, folder));
        }
        command
            .env("PERFALLY_DATA", self.data().join("data"))
            .env("PERFALLY_ADDR", self.address.to_string())
            .env("PERFALLY_RATE_LIMITS", "off")
            .env("PERFALLY_DEMO", "off")
            .env("PERFALLY_PLAN", "agency")
            .env("PERFALLY_LOG", "warn");
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database);
        }
        command.envs(self.settings.iter().map(|(variable, value)| (variable, value)));
        command
    }

    /// Starts the process and returns at once.
    pub fn start(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.data().join("log"))?;
        self.child = Some(self.command().arg("serve").stdout(log.try_clone()?).stderr(log).spawn()?);
        Ok(())
    }

    /// Waits until `/readyz` says yes.
    pub async fn ready(&mut self, within: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < within {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                return Err(format!("the server ended by itself ({status}):\n{}", self.last_words()).into());
            }
            if self.says("/readyz").await == Some(200) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(format!("the server was not ready within {within:?}:\n{}", self.last_words()).into())
    }

    /// The status of a page; `None` where nobody answers.
    pub async fn says(&self, path: &str) -> Option<u16> {
        let ask = async { Connection::open(self.address).await?.send(&client::get(self.address, path)).await };
        tokio::time::timeout(Duration::from_secs(2), ask).await.ok()?.ok().map(|answer| answer.status)
    }

    /// Waits until nothing waits on disk for the database.
    pub async fn settled(&self, within: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let waiting = self.spooled().await;
            if waiting == Some(0) {
                return Ok(());
            }
            if began.elapsed() > within {
                return Err(format!("{waiting:?} beacons wait on disk after {within:?}:\n{}", self.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Beacons that wait on disk; `None` where nobody answers.
    pub async fn spooled(&self) -> Option<u64> {
        let ask = async { Connection::open(self.address).await?.send(&client::get(self.address, "/readyz")).await };
        let answer = tokio::time::timeout(Duration::from_secs(2), ask).await.ok()?.ok()?;
        let words: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        words["spool"]["beacons"].as_u64()
    }

    /// The whole answer to a page that is asked for once.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<client::Answer> {
        let request = client::get_with(self.address, path, headers);
        let ask = async { Connection::open(self.address).await?.send(&request).await };
        Ok(tokio::time::timeout(Duration::from_secs(30), ask).await??)
    }

    /// Signs the owner in: the cookies, as a browser sends them.
    pub async fn sign_in(&self) -> Result<String> {
        let fields = [("email", OWNER), ("password", PASSWORD)];
        let request = client::post_form(self.address, "/api/ui/accounts/sign-in", &fields);
        let answer = Connection::open(self.address).await?.send(&request).await?;
        let cookies: Vec<&str> = answer.headers("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
        if answer.status != 302 || cookies.is_empty() {
            return Err(format!("signing in was answered {}", String::from_utf8_lossy(&answer.head)).into());
        }
        Ok(cookies.join("; "))
    }

    /// `perfally admin …`: its JSON.
    pub fn admin(&self, arguments: &[&str], input: &str) -> Result<serde_json::Value> {
        let mut command = self.command();
        command.arg("admin").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(
                format!("perfally admin {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)).into()
            );
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A project whose pages are at `https://{name}.example`.
    pub fn add_project(&self, name: &str) -> Result<Project> {
        self.add_project_of(OWNER, name)
    }

    /// The same in the team of somebody who has nothing else.
    pub fn add_project_of_another(&self, name: &str) -> Result<Project> {
        let owner = format!("{name}@perfally.example");
        self.admin(&["user", "add", &owner, "--password-stdin"], PASSWORD)?;
        self.add_project_of(&owner, name)
    }

    fn add_project_of(&self, owner: &str, name: &str) -> Result<Project> {
        let origin = format!("https://{name}.example");
        let answer = self.admin(&["project", "add", "--owner", owner, "--name", name, "--origin", &origin], "")?;
        let field =
            |field: &str| answer[field].as_str().ok_or_else(|| format!("`project add` names no {field}: {answer}"));
        Ok(Project {
            id: field("project_id")?.parse()?,
            site: Site { origin, key: field("site_key")?.to_owned(), sampled: 0.0 },
        })
    }

    /// A key of the owner's team that may all that keys may.
    pub fn add_api_key(&self) -> Result<String> {
        let answer = self.admin(&["api-key", "add", "--owner", OWNER, "--name", "tests"], "")?;
        Ok(answer["key"].as_str().ok_or("no key was told")?.to_owned())
    }

    pub fn add_projects(&self, n: usize) -> Result<Vec<Project>> {
        (0..n).map(|nr| self.add_project(&format!("shop-{nr}"))).collect()
    }

    /// The server's process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// SIGKILL to the server alone: its PostgreSQL stays.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// SIGTERM; the process may take its time.
    pub fn terminate(&self) -> Result<()> {
        if let Some(pid) = self.pid() {
            kill_process(raw(pid)?, Signal::TERM)?;
        }
        Ok(())
    }

    /// Waits for the server to end by itself.
    pub async fn ended(&mut self, within: Duration) -> Result<ExitStatus> {
        let began = Instant::now();
        let Some(child) = &mut self.child else { return Err("the server does not run".into()) };
        loop {
            if let Some(status) = child.try_wait()? {
                self.child = None;
                return Ok(status);
            }
            if began.elapsed() > within {
                return Err(format!("the server did not end within {within:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// PostgreSQL's first process, if one runs on our data folder.
    pub fn postmaster(&self) -> Option<u32> {
        let folder = self.data().join("data/postgres");
        let pid: u32 = fs::read_to_string(folder.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()?;
        // The number may have passed on to a stranger since.
        (fs::read_link(format!("/proc/{pid}/cwd")).ok()? == folder.canonicalize().ok()?).then_some(pid)
    }

    /// Processes of PostgreSQL that serve a connection.
    pub fn backends(&self) -> Vec<u32> {
        let Some(postmaster) = self.postmaster() else { return Vec::new() };
        let title = |pid: u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        processes::children(postmaster)
            .iter()
            .map(|process| process.pid)
            .filter(|pid| ["127.0.0.1(", "[local]"].iter().any(|from| title(*pid).contains(from)))
            .collect()
    }

    /// The address of its database, with the password.
    pub fn database_url(&self) -> Result<String> {
        match &self.database {
            Some(database) => Ok(database.clone()),
            None => Ok(fs::read_to_string(self.data().join("data/postgres.url"))?.trim().to_owned()),
        }
    }

    /// CPU seconds of the server and its PostgreSQL since they started.
    pub fn cpu_seconds(&self) -> f64 {
        let roots: Vec<u32> = self.pid().into_iter().chain(self.postmaster()).collect();
        processes::cpu_seconds(&roots)
    }

    /// The end of the log of the server and of its PostgreSQL.
    pub fn last_words(&self) -> String {
        let tail = |name: &str| {
            let text = fs::read(self.data().join(name))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(30).collect();
            lines.into_iter().rev().collect::<Vec<_>>().join("\n")
        };
        format!("{}\n--- PostgreSQL:\n{}", tail("log"), tail("data/postgres.log"))
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.kill();
        let Some(postmaster) = self.postmaster() else { return };
        let _ = signal(postmaster, Signal::QUIT);
        let began = Instant::now();
        while self.postmaster().is_some() && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Sends a signal to a process that is ours.
pub fn signal(pid: u32, signal: Signal) -> Result<()> {
    Ok(kill_process(raw(pid)?, signal)?)
}

fn raw(pid: u32) -> Result<Pid> {
    Pid::from_raw(i32::try_from(pid)?).ok_or_else(|| "no process has the number 0".into())
}

/// What a variable names, else what a build leaves in `target/` of the checkout.
pub fn built(variable: &str, folder: &str) -> PathBuf {
    std::env::var_os(variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(folder), PathBuf::from)
}

/// The binary to measure: the newest of the target folder, of whatever profile, unless
/// `PERFALLY_BIN` names one.
pub fn newest_binary() -> io::Result<PathBuf> {
    if let Some(named) = std::env::var_os("PERFALLY_BIN") {
        return Ok(named.into());
    }
    let target = std::env::current_exe()?.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
    let made = |path: &PathBuf| fs::metadata(path).and_then(|found| found.modified()).ok();
    ["release", "debug"]
        .map(|profile| target.join(profile).join("perfally"))
        .into_iter()
        .filter(|path| path.is_file())
        .max_by_key(made)
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no `perfally` in {}; build it, or name it with --binary", target.display()),
            )
        })
}
