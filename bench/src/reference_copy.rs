//! The reference of storing: psql's `\copy` of the same rows into the same tables, in a database
//! of the same PostgreSQL that has the same schema and nothing else.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use chrono::{DateTime, SecondsFormat, Utc};
use engine::{jobs::Job as _, rum::MakePartitions};
use sqlx::{AssertSqlSafe, PgPool};
use url::Url;

use crate::{Result, benchmarks::load, folder::Folder, ground, processes, subject::Subject};

/// What is said where it is not installed.
pub const MISSING: &str = "psql is not installed, and without a reference the figure means nothing (Debian, Ubuntu: apt-get install postgresql-client)";

/// What a batch of the server writes, but for some rows of counters.
const TABLES: [&str; 3] = ["page_views", "page_view_sketches", "beacon_outcomes"];

pub struct ReferenceCopy<'a> {
    subject: &'a Subject,
    psql: PathBuf,
    source: Url,
    target: Url,
    pub database: PgPool,
    folder: Folder,
}

/// What copying took.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub page_views: f64,
    pub seconds: f64,
    /// Of psql and PostgreSQL.
    pub cpu_seconds: f64,
    pub wal: f64,
}

impl<'a> ReferenceCopy<'a> {
    /// `None` where psql is not installed.
    pub async fn prepare(subject: &'a Subject) -> Result<Option<Self>> {
        let Some(psql) = psql() else { return Ok(None) };
        let source = Url::parse(&subject.database_url()?)?;
        sqlx::query("create database reference").execute(&PgPool::connect(source.as_str()).await?).await?;
        let mut target = source.clone();
        target.set_path("/reference");
        let database = PgPool::connect(target.as_str()).await?;
        engine::db::migrate(&database).await?;
        MakePartitions::default().run(&load::engine_on(target.as_str(), subject.data().to_owned())?).await?;
        sqlx::query("create table bare (like page_views)").execute(&database).await?;
        Ok(Some(Self { subject, psql, source, target, database, folder: Folder::new("copy")? }))
    }

    /// Copies what the server stored since then, into empty tables, with the sketches and counts as they stand.
    pub async fn all(&self, since: DateTime<Utc>) -> Result<Copied> {
        self.export(since, &TABLES)?;
        self.empty().await?;
        self.measured(&TABLES.map(|table| (table, table))).await
    }

    /// Copies page views alone, to what is there.
    pub async fn page_views(&self, since: DateTime<Utc>) -> Result<Copied> {
        self.export(since, &["page_views"])?;
        self.measured(&[("page_views", "page_views")]).await
    }

    /// The same into a table without any index.
    pub async fn bare(&self, since: DateTime<Utc>) -> Result<Copied> {
        self.export(since, &["page_views"])?;
        self.measured(&[("page_views", "bare")]).await
    }

    pub async fn empty(&self) -> Result<()> {
        let statement = format!("truncate {}, bare", TABLES.join(", "));
        sqlx::query(AssertSqlSafe(statement)).execute(&self.database).await?;
        Ok(())
    }

    fn export(&self, since: DateTime<Utc>, tables: &[&str]) -> Result<()> {
        // As exact as what is stored: rounded up, it would leave out what came at that very moment.
        let since = since.to_rfc3339_opts(SecondsFormat::Micros, true);
        for table in tables {
            let rows = match *table {
                "page_views" => format!("select * from page_views where at >= '{since}'"),
                table => format!("select * from {table}"),
            };
            self.run(&self.source, &format!("\\copy ({rows}) to '{}' with (format binary)", self.file(table)))?;
        }
        Ok(())
    }

    async fn measured(&self, tables: &[(&str, &str)]) -> Result<Copied> {
        let into = tables.first().map_or("page_views", |(_, into)| into);
        let count = format!("select count(*)::float8 from {into}");
        let count = || sqlx::query_scalar::<_, f64>(AssertSqlSafe(count.clone())).fetch_one(&self.database);
        let before = count().await?;
        let (wal, cpu) = (ground::wal(&self.database).await?, self.cpu_seconds());
        let began = Instant::now();
        for (file, into) in tables {
            self.run(&self.target, &format!("\\copy {into} from '{}' with (format binary)", self.file(file)))?;
        }
        let seconds = began.elapsed().as_secs_f64();
        Ok(Copied {
            cpu_seconds: self.cpu_seconds() - cpu,
            wal: ground::wal(&self.database).await? - wal,
            page_views: count().await? - before,
            seconds,
        })
    }

    /// Of psql, which is our child, and of PostgreSQL; the server has nothing to do meanwhile.
    fn cpu_seconds(&self) -> f64 {
        processes::ended_children_seconds() + self.subject.cpu_seconds()
    }

    fn file(&self, table: &str) -> String {
        self.folder.path().join(table).display().to_string()
    }

    fn run(&self, database: &Url, command: &str) -> Result<()> {
        let output = Command::new(&self.psql)
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", command, database.as_str()])
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("psql: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

fn psql() -> Option<PathBuf> {
    let named = std::env::var_os("PERFALLY_POSTGRES_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    named.into_iter().chain(std::env::split_paths(&path)).map(|folder| folder.join("psql")).find(|file| file.is_file())
}
