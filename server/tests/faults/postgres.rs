//! A PostgreSQL that the test starts, stops and freezes.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use bench::{folder::Folder, processes, subject::signal};
use rustix::process::Signal;
use secrecy::ExposeSecret as _;
use server::embedded_postgres::{Cluster, Purpose};

use crate::Result;

/// A PostgreSQL that nobody starts again but the test.
pub struct Postgres {
    cluster: Cluster,
    child: Option<tokio::process::Child>,
    _folder: Folder,
}

impl Postgres {
    /// In this folder.
    pub async fn start_new(folder: Folder) -> Result<Self> {
        let named = std::env::var_os("PERFALLY_POSTGRES_BIN");
        let cluster =
            Cluster::open(folder.path(), named.as_deref().map(Path::new), Purpose::Keep { max_connections: 40 })
                .await?;
        let mut postgres = Self { cluster, child: None, _folder: folder };
        postgres.start().await?;
        Ok(postgres)
    }

    pub async fn start(&mut self) -> Result<()> {
        self.child = Some(self.cluster.spawn()?);
        let began = Instant::now();
        while !self.cluster.ready() {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(self.cluster.last_words().into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Its address, with the password.
    pub fn url(&self) -> String {
        self.cluster.url().expose_secret().to_owned()
    }

    /// Starts it, should it have ended by itself.
    pub async fn start_if_ended(&mut self) -> Result<()> {
        let ended = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if ended { self.start().await } else { Ok(()) }
    }

    pub fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().and_then(tokio::process::Child::id).ok_or("PostgreSQL does not run")?)
    }

    /// As an operator stops it: sessions are ended.
    pub async fn stop(&mut self) -> Result<()> {
        signal(self.pid()?, Signal::INT)?;
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        Ok(())
    }

    /// Freezes all of it, or lets it go on.
    pub fn all(&self, what: Signal) -> Result<()> {
        let postmaster = self.pid()?;
        let children = processes::children(postmaster);
        signal(postmaster, what)?;
        for process in children {
            // One may end meanwhile.
            let _ = signal(process.pid, what);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Ok(pid) = self.pid() else { return };
        let _ = self.all(Signal::CONT);
        let _ = signal(pid, Signal::QUIT);
        let began = Instant::now();
        while let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(None))
            && began.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
