//! Keeps a cluster's server running until it is told to stop.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::{process::Child, task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Cluster, Error,
    cluster::{PATIENCE, Postmaster},
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A server that lived this long did not die of its start.
const SETTLED: Duration = Duration::from_secs(30);
/// How often a server that is not our child is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// A running cluster, its server kept alive by a task.
pub struct EmbeddedPostgres {
    cluster: Cluster,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// A server: one that we started, or one that a killed process of ours left running.
enum Server {
    Child(Child),
    Adopted(Postmaster),
}

impl EmbeddedPostgres {
    /// Starts the server, or takes over the one that runs, and returns at once.
    pub fn start(cluster: Cluster) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_running(cluster.clone(), stop.clone()));
        Self { cluster, stop, task }
    }

    pub fn url(&self) -> SecretString {
        self.cluster.url()
    }

    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Waits until the server takes connections.
    pub async fn ready(&self) -> Result<(), Error> {
        let began = Instant::now();
        while !self.cluster.ready() {
            if began.elapsed() > PATIENCE {
                return Err(Error::DidNotStart { log: self.cluster.last_words() });
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Stops the server, open transactions ended; after `grace` the hard way, which loses
    /// nothing that was committed either.
    pub async fn stop(self, grace: Duration) {
        self.stop.cancel();
        let mut task = self.task;
        if let Some(postmaster) = self.cluster.postmaster() {
            postmaster.stop_fast();
        }
        if tokio::time::timeout(grace, &mut task).await.is_err() {
            tracing::warn!("PostgreSQL took too long to stop");
            if let Some(postmaster) = self.cluster.postmaster() {
                postmaster.stop_at_once();
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), &mut task).await;
            task.abort();
        }
    }

    /// Tells the server to stop and does not wait: the process is about to end.
    pub fn abandon(&self) {
        self.stop.cancel();
        if let Some(postmaster) = self.cluster.postmaster() {
            postmaster.stop_fast();
        }
    }
}

async fn keep_running(cluster: Cluster, stop: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let began = Instant::now();
        match server(&cluster) {
            Ok(mut server) => {
                server.ended(&cluster, &stop).await;
                if stop.is_cancelled() {
                    return;
                }
                tracing::error!(log = cluster.last_words(), "PostgreSQL ended by itself; starting it again");
            }
            Err(error) => tracing::error!(%error, "PostgreSQL cannot be started; trying again"),
        }
        pause = if began.elapsed() > SETTLED { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn server(cluster: &Cluster) -> Result<Server, Error> {
    if let Some(postmaster) = cluster.postmaster() {
        tracing::info!(folder = %cluster.folder().display(), "taking over a PostgreSQL that is running already");
        return Ok(Server::Adopted(postmaster));
    }
    cluster.spawn().map(Server::Child)
}

impl Server {
    /// Waits until the server is gone. When told to stop while it is still starting, its file
    /// may not name it yet: it is told again until it hears.
    async fn ended(&mut self, cluster: &Cluster, stop: &CancellationToken) {
        let mut told = false;
        loop {
            let gone = match self {
                Self::Child(child) => tokio::time::timeout(GLANCE, child.wait()).await.is_ok(),
                Self::Adopted(postmaster) => {
                    let gone = !postmaster.lives_in(cluster.folder());
                    if !gone {
                        sleep(GLANCE).await;
                    }
                    gone
                }
            };
            if gone {
                return;
            }
            if stop.is_cancelled()
                && !told
                && let Some(postmaster) = cluster.postmaster()
            {
                postmaster.stop_fast();
                told = true;
            }
        }
    }
}
