//! Disks that are full: the database's, and that of the beacons which wait for it. Small file systems are mounted for
//! this, which takes root; without, the tests say so and pass.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use bench::{folder::Folder, subject::Subject};

use crate::{
    Result, binary,
    outage::{AT_ONCE, BACK, World},
    postgres::Postgres,
};

/// A file system in memory, on a folder.
struct Disk(PathBuf);

impl Disk {
    /// `None`, with words, where we may not.
    fn mount(on: &Path, mib: u32) -> Result<Option<Self>> {
        fs::create_dir_all(on)?;
        let size = format!("size={mib}m,mode=711");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "perfally-test"]).arg(on).output();
        Ok(match mounted {
            Ok(output) if output.status.success() => Some(Self(on.to_owned())),
            other => {
                let why = other.map_or_else(
                    |error| error.to_string(),
                    |output| String::from_utf8_lossy(&output.stderr).into_owned(),
                );
                eprintln!("skipped: no small disk could be mounted ({})", why.trim());
                None
            }
        })
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it to the last byte.
    fn fill(&self) -> Result<()> {
        let mut file = File::options().create(true).append(true).open(self.ballast())?;
        loop {
            match file.write(&[1; 4_096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn empty(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever has files open there may be ending just now.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        // Whose folder it was could not remove it.
        let _ = self.0.ancestors().try_for_each(fs::remove_dir);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_disk_is_full_costs_no_beacon_and_is_used_again_when_there_is_room() -> Result<()> {
    let folder = Folder::new("full")?;
    let Some(disk) = Disk::mount(folder.path(), 160)? else { return Ok(()) };
    let postgres = Postgres::start_new(folder).await?;
    let url = postgres.url();
    let mut world = World::on(postgres, Subject::new(&binary())?.on_database(&url)).await?;
    disk.fill()?;
    // What has room in the files goes on; then nothing is stored any more.
    let began = Instant::now();
    while world.subject.spooled().await.is_none_or(|waiting| waiting == 0) {
        if began.elapsed() > Duration::from_secs(60) {
            return Err("a full disk stored beacons for a minute".into());
        }
        world.send(64).await?;
    }
    world.beacons_are_taken_for(Duration::from_secs(2), true).await?;
    disk.empty()?;
    // A database that found no room for its log has ended; its operator starts it.
    world.postgres.start_if_ended().await?;
    world.is_accepted_within(BACK).await?;
    world.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_and_without_room_on_disk_nothing_is_acknowledged() -> Result<()> {
    let postgres = Postgres::start_new(Folder::new("full-spool")?).await?;
    let url = postgres.url();
    let subject = Subject::new(&binary())?.on_database(&url);
    let Some(disk) = Disk::mount(&subject.data().join("data/spool"), 2)? else { return Ok(()) };
    let mut world = World::on(postgres, subject).await?;
    world.postgres.stop().await?;
    world.beacons_are_taken_for(Duration::from_millis(1_200), false).await?;
    disk.fill()?;
    // What has room in a block that is begun is kept; the rest is told to come again.
    let (mut refused, mut slowest) = (0, Duration::ZERO);
    for _ in 0..12 {
        let (answers, took) = world.send(32).await?;
        slowest = slowest.max(took);
        refused += answers.iter().filter(|answer| answer.is_none()).count();
    }
    assert!(refused > 11 * 32, "{refused} were refused without room");
    assert!(slowest < AT_ONCE, "{slowest:?}");
    disk.empty()?;
    // There is room again, and the database is still away.
    world.beacons_are_taken_for(Duration::from_millis(1_500), false).await?;
    world.postgres.start().await?;
    world.is_accepted_within(BACK).await?;
    world.end().await
}
