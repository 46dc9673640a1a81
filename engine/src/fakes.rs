//! What tests stand on: a whole engine on a fresh database, with a clock that stands still,
//! mail kept in memory and fast password hashes.
//!
//! ```ignore
//! #[sqlx::test(migrator = "crate::db::MIGRATIONS")]
//! async fn a_sentence(db: PgPool) {
//!     let world = World::new(db);
//!     let ada = world.user("ada@example.com").await;
//!     …
//!     world.run_due().await;
//! }
//! ```

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    TeamId,
    accounts::{Actor, Email},
};
use sqlx::PgPool;
use url::Url;

use crate::{Clock, Config, Engine, accounts, config::Variables, jobs, mail};

/// The password of every fake user.
pub const PASSWORD: &str = "nine quiet lamps by the harbour";

/// One engine and what surrounds it.
#[derive(Clone)]
pub struct World {
    pub engine: Engine,
}

impl World {
    /// A migrated database, 22 November 2026, 10:00 UTC, limits on, the Free plan.
    ///
    /// # Panics
    /// Where the engine cannot be made; this is for tests.
    pub fn new(db: PgPool) -> Self {
        Self::with(db, &[])
    }

    /// The same with variables such as `("PERFALLY_PLAN", "pro")`.
    ///
    /// # Panics
    /// Where a variable is refused or the engine cannot be made.
    pub fn with(db: PgPool, variables: &[(&str, &str)]) -> Self {
        let config = config_for(&db, variables);
        let mut engine = Engine::new(config, Clock::held_at(start()), db).expect("an engine");
        engine.passwords = accounts::Hasher::weak();
        Self { engine }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.engine.now()
    }

    /// Moves the clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.engine.clock.advance(by);
    }

    /// Somebody with a confirmed address, [`PASSWORD`] and a personal team.
    ///
    /// # Panics
    /// Where there is such a user already.
    pub async fn user(&self, email: &str) -> Actor {
        let id = accounts::add_user(&self.engine, &Actor::System, email, PASSWORD).await.expect("a new user");
        accounts::actor(&self.engine, Some(id)).await.expect("the user's actor")
    }

    /// Runs what is due until nothing is; tells how many runs that took.
    ///
    /// # Panics
    /// Where the queue cannot be read.
    pub async fn run_due(&self) -> u32 {
        jobs::run_due(&self.engine).await.expect("the queue")
    }

    /// The kinds of all jobs that are not done.
    ///
    /// # Panics
    /// Where the queue cannot be read.
    pub async fn queue(&self) -> Vec<String> {
        let mut connection = self.engine.db.acquire().await.expect("a connection");
        jobs::kinds_in_queue(&mut connection).await.expect("the queue")
    }

    /// The letters that were sent to an address, the first first.
    ///
    /// # Panics
    /// Where the address is none.
    pub fn letters_to(&self, email: &str) -> Vec<mail::Letter> {
        let email = Email::parse(email).expect("an address");
        self.engine.mail.sent().into_iter().filter(|letter| letter.to == email).collect()
    }

    /// The token in the newest letter to an address, after sending what is due.
    ///
    /// # Panics
    /// Where there is no such letter, or no link in it.
    pub async fn token_for(&self, email: &str) -> String {
        self.run_due().await;
        let letter = self.letters_to(email).pop().expect("a letter");
        let link = letter.link.expect("a link in the letter");
        let (_, token) = link.query_pairs().find(|(name, _)| name == "token").expect("a token in the link");
        token.into_owned()
    }
}

/// The personal team of somebody.
///
/// # Panics
/// Where there is none.
pub fn team_of(actor: &Actor) -> TeamId {
    let user = actor.user().expect("a person");
    user.memberships.iter().find(|membership| membership.personal).expect("a personal team").team
}

/// When every world begins.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_341_600, 0).unwrap_or_default()
}

fn config_for(db: &PgPool, variables: &[(&str, &str)]) -> Config {
    let get =
        |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
    let mut variables = Variables::new(&get);
    // Not made unless something is written there.
    let data = std::env::temp_dir().join("perfally-tests");
    let url = sqlx::ConnectOptions::to_url_lossy(&*db.connect_options());
    let public_url = Url::parse("https://perfally.example").expect("an address");
    let mut config =
        Config::read(&mut variables, data, assets(), url.to_string().into(), "the secret of tests".into(), public_url);
    config.mail.transport = mail::Transport::Memory;
    // The folder is shared by all tests.
    config.rum.spool = None;
    variables.finish(config).expect("variables that can be used")
}

/// The lookup tables that a build makes.
fn assets() -> PathBuf {
    std::env::var_os("PERFALLY_ASSETS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/assets"), PathBuf::from)
}
