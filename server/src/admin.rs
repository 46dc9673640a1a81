//! What operators and scripts do at the command line, on the server's own database, whether the
//! server runs or not. Each answers with one JSON object.

use std::{fs, io::Read as _, time::Duration};

use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::{ProjectId, accounts::Actor, billing::Plan};
use engine::{Clock, Engine, accounts, billing, integrations, projects, rum};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    config::Config,
    embedded_postgres::{self, Cluster, EmbeddedPostgres, Purpose},
    serve::Failure,
};

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// People
    #[command(subcommand)]
    User(User),
    /// Sites
    #[command(subcommand)]
    Project(Project),
    /// Keys by which programs use the API
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// What teams pay for
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Releases of sites, which their trends mark
    #[command(subcommand)]
    Deploy(Deploy),
    /// What went wrong at sites, which their trends mark
    #[command(subcommand)]
    Incident(Incident),
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody whose address needs no confirmation
    Add {
        email: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Project {
    /// Add a site to somebody's personal team
    Add {
        /// The owner's e-mail address
        #[arg(long)]
        owner: String,
        #[arg(long)]
        name: String,
        /// Where its pages are, such as https://shop.example
        #[arg(long)]
        origin: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make a live key with every scope in somebody's personal team; it is told this once
    Add {
        /// The owner's e-mail address
        #[arg(long)]
        owner: String,
        /// What will use it
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Put somebody's personal team on a plan
    Set {
        /// The owner's e-mail address
        #[arg(long)]
        owner: String,
        /// free, pro or agency
        plan: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Deploy {
    /// Note that a site was deployed
    Add {
        /// The project's id
        #[arg(long)]
        project: ProjectId,
        /// What the version is called, such as 2026.11.3
        #[arg(long)]
        release: String,
        /// When it was, such as 2026-11-03T14:05:00Z; now, if not given
        #[arg(long)]
        at: Option<DateTime<Utc>>,
        /// What it was about, in one line
        #[arg(long, default_value = "")]
        note: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Incident {
    /// Note that something went wrong; again with the same beginning and note, to say when it ended
    Add {
        /// The owner's e-mail address
        #[arg(long)]
        owner: String,
        /// The project's id
        #[arg(long)]
        project: ProjectId,
        /// When it began, such as 2026-11-03T14:05:00Z
        #[arg(long)]
        at: DateTime<Utc>,
        /// When it ended; it lasts, if not given
        #[arg(long)]
        until: Option<DateTime<Utc>>,
        /// What it was, in one line
        #[arg(long)]
        note: String,
    },
}

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error(transparent)]
    Postgres(#[from] embedded_postgres::Error),
    #[error("{}", words(.0))]
    Engine(#[from] engine::Error),
    #[error("The password could not be read from standard input: {0}")]
    Password(std::io::Error),
    #[error("There is no project {0}.")]
    Project(ProjectId),
    #[error("{0:?} is not a plan. Use free, pro or agency.")]
    Plan(String),
}

fn of_project(project: ProjectId, error: engine::Error) -> Refused {
    match error {
        engine::Error::NotFound => Refused::Project(project),
        other => other.into(),
    }
}

fn words(error: &engine::Error) -> String {
    match error {
        engine::Error::Invalid(invalid) => invalid.message.to_string(),
        engine::Error::NotFound => {
            "Nobody has an account with this address. Add one with `perfally admin user add`.".to_owned()
        }
        engine::Error::Upstream { service, detail } => format!("{service} cannot be reached: {detail}"),
        other => other.to_string(),
    }
}

/// Does it, and answers what to print.
pub async fn run(config: Config, command: Admin) -> Result<Value, Refused> {
    // Asked for before anything is started.
    let password = match &command {
        Admin::User(User::Add { .. }) => Some(read_password()?),
        _ => None,
    };
    let database = Database::open(config).await?;
    let answer = database.answer(command, password).await;
    database.close().await;
    answer
}

/// `perfally migrate`
pub async fn migrate(config: Config) -> Result<Value, Refused> {
    let database = Database::open(config).await?;
    database.close().await;
    Ok(json!({ "migrated": true }))
}

/// `perfally seed-demo`
pub async fn seed_demo(config: Config) -> Result<Value, Refused> {
    let database = Database::open(config).await?;
    let answer = rum::seed_demo(&database.engine).await;
    database.close().await;
    let project = answer?;
    Ok(json!({ "project_id": project.id, "site_key": project.site_keys.first().map(|key| key.key.as_str()) }))
}

/// One line, without its end, which a terminal or `echo` adds.
fn read_password() -> Result<String, Refused> {
    let mut text = String::new();
    std::io::stdin().take(64 << 10).read_to_string(&mut text).map_err(Refused::Password)?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line)).to_owned())
}

/// The migrated database for as long as a command takes.
struct Database {
    engine: Engine,
    postgres: Option<EmbeddedPostgres>,
}

impl Database {
    async fn open(mut config: Config) -> Result<Self, Refused> {
        // The running server has it; no command takes beacons.
        config.engine.rum.spool = None;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = |source| Failure::Data { folder: config.data.display().to_string(), source };
        fs::create_dir_all(&config.data).map_err(data)?;
        let folder = config.data.display().to_string();
        config.keep_secret().map_err(|source| Failure::Data { folder, source })?;
        let postgres = own_postgres(&mut config).await?;
        let db = engine::db::pool(&config.engine.db)?;
        let migrated = engine::db::migrate(&db).await;
        let engine = match migrated {
            Ok(()) => Engine::new(config.engine, Clock::default(), db),
            Err(error) => Err(error),
        };
        match engine {
            Ok(engine) => Ok(Self { engine, postgres }),
            Err(error) => {
                stop(postgres).await;
                Err(error.into())
            }
        }
    }

    async fn answer(&self, command: Admin, password: Option<String>) -> Result<Value, Refused> {
        let (engine, system) = (&self.engine, Actor::system());
        Ok(match command {
            Admin::User(User::Add { email, .. }) => {
                let id = accounts::add_user(engine, &system, &email, &password.unwrap_or_default()).await?;
                json!({ "user_id": id, "email": email.trim().to_lowercase() })
            }
            Admin::Project(Project::Add { owner, name, origin }) => {
                let project = projects::add_project(engine, &system, &owner, &name, &origin).await?;
                let key = project.site_keys.first().map(|key| key.key.as_str().to_owned());
                json!({ "project_id": project.id, "site_key": key, "team_id": project.team })
            }
            Admin::Deploy(Deploy::Add { project, release, at, note }) => {
                let added = projects::add_deploy(engine, &system, project, &release, at, &note).await;
                let deploy = added.map_err(|error| of_project(project, error))?;
                json!({ "project_id": project, "release": deploy.release, "at": deploy.at })
            }
            Admin::Incident(Incident::Add { owner, project, at, until, note }) => {
                let team = accounts::personal_team(engine, &system, &owner).await?;
                let theirs = projects::project(engine, &system, project).await;
                let theirs = theirs.map_err(|error| of_project(project, error))?;
                if theirs.team != team {
                    return Err(Refused::Project(project));
                }
                let incident = projects::add_incident(engine, &system, project, at, until, &note).await?;
                json!({ "project_id": project, "at": incident.at, "until": incident.until, "note": incident.note })
            }
            Admin::ApiKey(ApiKeyCommand::Add { owner, name }) => {
                let key = integrations::add_api_key(engine, &system, &owner, &name).await?;
                json!({ "key": key.expose() })
            }
            Admin::Plan(PlanCommand::Set { owner, plan }) => {
                let plan = Plan::parse(&plan).ok_or(Refused::Plan(plan))?;
                let team = billing::set_plan(engine, &system, &owner, plan).await?;
                json!({ "team_id": team, "plan": plan.as_str() })
            }
        })
    }

    async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.engine.db.close()).await;
        stop(self.postgres).await;
    }
}

async fn stop(postgres: Option<EmbeddedPostgres>) {
    if let Some(postgres) = postgres {
        postgres.stop(Duration::from_secs(20)).await;
    }
}

/// Our own PostgreSQL: that of the running server, or started for this command.
async fn own_postgres(config: &mut Config) -> Result<Option<EmbeddedPostgres>, Refused> {
    if config.database_url.is_some() {
        return Ok(None);
    }
    let purpose = Purpose::Keep { max_connections: config.engine.db.max_connections };
    match Cluster::open(&config.data, config.postgres_bin.as_deref(), purpose).await {
        Ok(cluster) => {
            config.engine.db.url = cluster.url();
            let postgres = EmbeddedPostgres::start(cluster);
            match postgres.ready().await {
                Ok(()) => Ok(Some(postgres)),
                Err(error) => {
                    stop(Some(postgres)).await;
                    Err(error.into())
                }
            }
        }
        Err(in_use @ embedded_postgres::Error::InUse { .. }) => {
            let Ok(url) = fs::read_to_string(config.data.join("postgres.url")) else { return Err(in_use.into()) };
            config.engine.db.url = SecretString::from(url.trim());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
