//! `perfally with-postgres`: a command on a PostgreSQL that is gone afterwards.

use std::{
    ffi::OsString,
    fs::{self, Permissions},
    io::IsTerminal as _,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::ExitStatusExt as _,
    },
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret as _;
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use super::{Account, Cluster, EmbeddedPostgres, Error, Programs, Purpose, io};

const PREFIX: &str = "perfally-postgres-";

/// Runs `command` with `DATABASE_URL` of a new, empty PostgreSQL; answers its exit code. `fast`
/// gives up durability, which a test does not need.
pub async fn with_postgres(named: Option<&Path>, fast: bool, command: &[OsString]) -> Result<i32, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(io("listening for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(io("listening for signals"))?;
    let folder = folder(named).await?;
    let outcome = async {
        let cluster = Cluster::open(&folder, named, Purpose::ThrowAway { fast }).await?;
        let postgres = EmbeddedPostgres::start(cluster);
        let outcome = match postgres.ready().await {
            Ok(()) => run(&postgres, command, &mut terminate, &mut interrupt).await,
            Err(error) => Err(error),
        };
        // Nothing in it is worth a tidy end.
        if let Some(postmaster) = postgres.cluster().postmaster() {
            postgres.stop(Duration::ZERO).await;
            postmaster.stop_at_once();
        }
        outcome
    };
    let outcome = outcome.await;
    let _ = fs::remove_dir_all(&folder);
    outcome
}

async fn run(
    postgres: &EmbeddedPostgres,
    command: &[OsString],
    terminate: &mut tokio::signal::unix::Signal,
    interrupt: &mut tokio::signal::unix::Signal,
) -> Result<i32, Error> {
    let Some((program, arguments)) = command.split_first() else { return Ok(0) };
    let url = postgres.url();
    let mut child = Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", url.expose_secret())
        .spawn()
        .map_err(io(format!("starting {}", program.display())))?;
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    let pass_on = |signal| {
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    };
    // Ctrl-C in a terminal reaches the command by itself; twice would mean something else to it.
    let terminal = std::io::stdin().is_terminal();
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status.map_err(io("waiting for the command"))?;
                return Ok(status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1));
            }
            _ = terminate.recv() => pass_on(Signal::TERM),
            _ = interrupt.recv() => if !terminal { pass_on(Signal::INT) },
        }
    }
}

/// A new folder in the system's place for temporary files that PostgreSQL's account can enter.
async fn folder(named: Option<&Path>) -> Result<PathBuf, Error> {
    let account = Account::needed()?;
    let programs = Programs::find(named, None).await?;
    for place in [std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/var/tmp")] {
        sweep(&place);
        let folder = place.join(format!("{PREFIX}{}", crate::secret::random_hex(8).expose_secret()));
        // Fails where the name exists already, also as a link that somebody laid there.
        if fs::create_dir(&folder).is_err() {
            continue;
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o711)).map_err(io("setting permissions"))?;
        let enters = match &account {
            Some(account) => account.can_enter(&programs, &folder).await,
            None => true,
        };
        if enters {
            return Ok(folder);
        }
        let _ = fs::remove_dir(&folder);
    }
    Err(Error::NoEntry {
        account: account.map(|account| account.name).unwrap_or_default(),
        folder: std::env::temp_dir(),
    })
}

/// Removes what runs that were killed left behind: ours, and locked by nobody.
fn sweep(place: &Path) {
    let us = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let folder = entry.path();
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir() && found.uid() == us);
        // Without the lock file it may be just being made.
        let Ok(lock) = fs::File::open(folder.join("postgres.lock")) else { continue };
        if !ours || lock.try_lock().is_err() {
            continue;
        }
        super::cluster::stop_left_behind(&folder.join("postgres"));
        let _ = fs::remove_dir_all(&folder);
    }
}
