//! A whole server on a fresh database, and browsers that talk to it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Mutex,
    time::Duration,
};

use domain::{ProjectId, UserId, accounts::Actor};
use engine::{Engine, accounts, mail::Transport, projects};
use reqwest::{Method, Response, header};
use server::{config::Config, serve::Running};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use url::Url;

/// The password of everybody in these tests.
pub const PASSWORD: &str = "nine quiet lamps by the harbour";

/// A folder that is gone when the test is over.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("perfally-test-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A database of one test's own, on the server that `DATABASE_URL` names.
pub struct Database {
    pub url: String,
    name: String,
    all: String,
}

impl Database {
    pub async fn new() -> Self {
        let all =
            std::env::var("DATABASE_URL").expect("DATABASE_URL; run tests under `perfally with-postgres --fast --`");
        let name = format!("perfally_test_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(&all).await.expect("a connection to DATABASE_URL");
        connection.execute(AssertSqlSafe(format!("create database {name}"))).await.expect("a new database");
        let mut url = Url::parse(&all).expect("an address in DATABASE_URL");
        url.set_path(&name);
        Self { url: url.to_string(), name, all }
    }

    pub async fn drop(self) {
        let mut connection = PgConnection::connect(&self.all).await.expect("a connection to DATABASE_URL");
        let _ = connection.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await;
    }

    /// One number that a query gives.
    pub async fn number(&self, query: &'static str) -> i64 {
        let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
        sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
    }
}

/// The files of a small site.
pub fn site_in(folder: &Folder) -> PathBuf {
    let site = folder.path("site");
    std::fs::create_dir_all(site.join("pkg")).expect("a folder");
    let files = [
        ("site.json", "{\"hash\":\"0123456789ab\"}"),
        ("beacon.js", "/* the script of this test */"),
        ("style.css", "body{margin:0}"),
        ("style.css.br", "brotli of it"),
        ("style.css.gz", "gzip of it"),
        ("robots.txt", "User-agent: *\n"),
        ("pkg/frontend.js", "export default 1"),
    ];
    for (name, text) in files {
        std::fs::write(site.join(name), text).expect("a file");
    }
    // More than a socket holds.
    std::fs::write(site.join("pkg/large.js"), " ".repeat(8 << 20)).expect("a file");
    site
}

/// The configuration of a server on a free port.
pub fn config(folder: &Folder, variables: &[(&str, &str)]) -> Config {
    let data = folder.path("data");
    let (data, site) = (data.to_string_lossy().into_owned(), site_in(folder).to_string_lossy().into_owned());
    let mut all = BTreeMap::from([
        ("PERFALLY_ADDR", "127.0.0.1:0"),
        ("PERFALLY_DATA", data.as_str()),
        ("PERFALLY_SITE", site.as_str()),
        ("PERFALLY_DEMO", "off"),
        // What was accepted is looked up in the database at once; the tests of faults have the spool.
        ("PERFALLY_SPOOL", "off"),
    ]);
    let assets = assets().to_string_lossy().into_owned();
    all.insert("PERFALLY_ASSETS", &assets);
    all.extend(variables.iter().copied());
    let mut config = Config::read(&|name| all.get(name).map(|&value| value.to_owned())).expect("a configuration");
    config.engine.mail.transport = Transport::Memory;
    config
}

fn assets() -> PathBuf {
    std::env::var_os("PERFALLY_ASSETS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/assets"), PathBuf::from)
}

/// A server that is ready, on a database of its own.
pub struct World {
    pub running: Running,
    pub url: String,
    pub database: Database,
    _folder: Folder,
}

impl World {
    pub async fn new() -> Self {
        Self::with(&[], |_| {}).await
    }

    /// With variables, and with what is no variable.
    pub async fn with(variables: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Self {
        if std::env::var_os("PERFALLY_LOG").is_some() {
            server::telemetry::start_log();
        }
        let database = Database::new().await;
        let folder = Folder::new();
        let mut variables = variables.to_vec();
        variables.push(("DATABASE_URL", &database.url));
        let mut config = config(&folder, &variables);
        change(&mut config);
        let running = Running::start(config).await.expect("a server");
        running.server.availability.open().await;
        Self { url: format!("http://{}", running.address), running, database, _folder: folder }
    }

    pub fn engine(&self) -> &Engine {
        &self.running.server.engine
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    pub async fn user(&self, email: &str) -> UserId {
        accounts::add_user(self.engine(), &Actor::System, email, PASSWORD).await.expect("a new user")
    }

    /// A project of somebody's, with its site key.
    pub async fn project(&self, owner: &str, origin: &str) -> (ProjectId, String) {
        let project =
            projects::add_project(self.engine(), &Actor::System, owner, "Shop", origin).await.expect("a project");
        (project.id, project.site_keys[0].key.to_string())
    }

    /// The path and query of the link in the newest letter to somebody. The worker sends it.
    pub async fn link_for(&self, email: &str) -> String {
        for _ in 0..200 {
            let letters = self.engine().mail.sent();
            if let Some(link) =
                letters.iter().rev().find(|letter| letter.to.as_str() == email).and_then(|letter| letter.link.clone())
            {
                return format!("{}?{}", link.path(), link.query().unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no letter to {email} came");
    }

    pub async fn stop(self) {
        self.running.stop().await;
        self.database.drop().await;
    }
}

/// A browser: it keeps cookies, says where its requests come from, and follows nothing by itself.
pub struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .build()
            .expect("a client");
        Self { client, base: base.to_owned(), cookies: Mutex::default() }
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let cookies = self.cookies.lock().expect("cookies");
        let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.request(method, format!("{}{path}", self.base));
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Response {
        let response = request.send().await.expect("an answer");
        let mut cookies = self.cookies.lock().expect("cookies");
        for line in response.headers().get_all(header::SET_COOKIE) {
            let pair = line.to_str().expect("a cookie").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    /// A page, as a person opens it.
    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path).header(header::ACCEPT, "text/html").header("sec-fetch-site", "none"))
            .await
    }

    /// A form of our own page, sent without scripts.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "text/html");
        self.send(request.form(fields)).await
    }

    /// A server function, called by our own scripts.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self
            .request(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "application/json");
        self.send(request.form(fields)).await
    }

    pub async fn sign_in(&self, email: &str) {
        let response = self.call("/api/ui/accounts/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert!(response.status().is_success() || response.status().is_redirection(), "{}", response.status());
        assert!(self.cookie("perfally").is_some(), "no session cookie came");
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }
}

/// Sends again while the server says "not now", as senders must: a machine that is busy with
/// other tests may be slow to answer for its database.
pub async fn insistently(send: impl AsyncFn() -> Response) -> Response {
    let began = std::time::Instant::now();
    loop {
        let answer = send().await;
        if answer.status() != 503 || began.elapsed() > Duration::from_secs(20) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A beacon that is right in all its parts.
pub fn beacon(key: &str, seq: u32) -> serde_json::Value {
    serde_json::json!({
        "v": 1, "key": key, "id": uuid::Uuid::now_v7(), "seq": seq, "url": "https://shop.example/product/42",
        "nav": "navigate", "w": 1, "vitals": { "lcp": 2310.5, "cls": 0.031, "fcp": 1210, "ttfb": 420 }
    })
}

/// The binary itself.
pub struct Program {
    pub child: Child,
    pub url: String,
    log: PathBuf,
}

/// The binary with nothing of our environment but the search path.
pub fn perfally(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perfally"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(variables.iter().copied());
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    perfally(arguments, variables).stdin(Stdio::null()).output().expect("the program")
}

impl Program {
    /// `perfally serve`, ready.
    pub async fn serve(folder: &Folder, variables: &[(&str, &str)]) -> Self {
        let program = Self::start(folder, variables).await;
        for _ in 0..400 {
            if program.status("/readyz").await == Some(200) {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not become ready:\n{}", program.log());
    }

    /// `perfally serve`, listening.
    pub async fn start(folder: &Folder, variables: &[(&str, &str)]) -> Self {
        let log = folder.path(&format!("log-{}", uuid::Uuid::now_v7().simple()));
        let (data, site) = (folder.path("data"), site_in(folder));
        let own = [
            ("PERFALLY_ADDR", "127.0.0.1:0"),
            ("PERFALLY_DATA", data.to_str().expect("a path")),
            ("PERFALLY_SITE", site.to_str().expect("a path")),
            ("PERFALLY_DEMO", "off"),
        ];
        let mut command = perfally(&["serve"], &own);
        command.env("PERFALLY_ASSETS", assets()).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&log).expect("a log"));
        let child = command.spawn().expect("the program");
        let mut program = Self { child, url: String::new(), log };
        for _ in 0..600 {
            let listening = program.log().lines().find_map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                (line["message"] == "PerfAlly is listening").then(|| line["address"].as_str().map(ToOwned::to_owned))?
            });
            if let Some(address) = listening {
                program.url = format!("http://{address}");
                return program;
            }
            if let Some(status) = program.child.try_wait().expect("its state") {
                panic!("the server ended with {status}:\n{}", program.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not listen:\n{}", program.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill").success());
    }

    /// Its exit code, if it ends in time.
    pub async fn ended(&mut self, within: Duration) -> Option<Option<i32>> {
        let began = std::time::Instant::now();
        while began.elapsed() < within {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return Some(status.code());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    pub async fn status(&self, path: &str) -> Option<u16> {
        status(&format!("{}{path}", self.url)).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal("TERM");
            for _ in 0..600 {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::park_timeout(Duration::from_millis(20));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The status of one request; `None` when no answer comes within three seconds.
pub async fn status(url: &str) -> Option<u16> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).build().expect("a client");
    Some(client.get(url).send().await.ok()?.status().as_u16())
}
