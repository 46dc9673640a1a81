//! Beacons on disk while the database is away: taken once synced, stored once, in order, when it is back.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::{ProjectId, billing::Plan, rum::DropReason};
use sqlx::{PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use super::batches::{count, fresh_sketches, noon, outcome_counts, project, stored_sketches, view};
use crate::rum::{
    batch::Received,
    page_view::PageView,
    shares::Share,
    spool::{NoRoom, Spool, SpoolConfig},
    wire,
    writer::{Queue, Unwritten},
};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("perfally-spool-{}", Uuid::now_v7().simple())))
    }

    fn open(&self) -> Arc<Spool> {
        self.open_up_to(64 << 20)
    }

    fn open_up_to(&self, most_bytes: u64) -> Arc<Spool> {
        Spool::open(&SpoolConfig { folder: self.0.clone(), most_bytes }).unwrap()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut segments: Vec<PathBuf> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "spool"))
            .collect();
        segments.sort();
        segments
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn nowhere() -> PgConnectOptions {
    PgConnectOptions::new().host("127.0.0.1").port(1).username("nobody").database("nothing")
}

/// A page view as a door makes it of a beacon's bytes.
fn taken(project: ProjectId, nr: u64, seq: i32) -> Received {
    let id = super::batches::id_at(noon(), nr);
    let body = serde_json::to_vec(&serde_json::json!({
        "v": 1, "key": "pa_0123456789abcdefghij", "id": id, "seq": seq, "url": "https://shop.example/product/42",
        "vitals": { "lcp": 0.1 + 1_000.0 / (nr as f64 + 3.0), "cls": -1 }, "tags": { "variant": "\u{1f980}" },
    }));
    let body = Bytes::from(body.unwrap());
    let beacon = wire::decode(&body).unwrap();
    Received::View(Box::new(PageView { beacon, body, ..view(project, id, seq, noon(), 1.0) }))
}

fn refused(project: ProjectId) -> Received {
    Received::Refused {
        project: Some(project),
        reason: DropReason::OriginNotAllowed,
        origin: Some("https://evil.example".into()),
        at: noon(),
    }
}

async fn send(queue: &Queue, beacons: Vec<Received>) -> Vec<Result<Result<(), DropReason>, Unwritten>> {
    futures::future::join_all(beacons.into_iter().map(|beacon| queue.write_at_leisure(beacon))).await
}

async fn emptied(queue: &Queue) {
    let began = Instant::now();
    while queue.spooled().unwrap().bytes > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", queue.spooled());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The queue's tasks end after it, and then let go of the folder.
async fn reopened(folder: &Folder) -> Arc<Spool> {
    let began = Instant::now();
    loop {
        match Spool::open(&SpoolConfig { folder: folder.0.clone(), most_bytes: 64 << 20 }) {
            Ok(spool) => return spool,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(10), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn ids(spool: &Spool) -> Vec<i64> {
    let mut all = Vec::new();
    loop {
        let chunk = spool.read(7).unwrap();
        if chunk.frames.is_empty() {
            return all;
        }
        all.extend(chunk.frames.iter().map(|frame| frame.nr));
        spool.advance(&chunk).unwrap();
    }
}

fn write(folder: &Folder, rows: &[(i64, usize)]) {
    let spool = folder.open();
    let project = ProjectId(Uuid::now_v7());
    for &(first, beacons) in rows {
        let beacons: Vec<Received> = (0..beacons as u64).map(|nr| taken(project, nr, 1)).collect();
        spool.append(Uuid::nil(), first, &beacons).unwrap();
    }
}

/// Where frames begin.
fn starts(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"PFs1")).collect()
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_written_is_read_in_order_and_nothing_is_left_on_disk() {
    let folder = Folder::new();
    write(&folder, &[(0, 10), (10, 1), (11, 20)]);
    write(&folder, &[(31, 5)]);
    let spool = folder.open();
    assert_eq!(spool.depth().beacons, 36);
    assert_eq!(ids(&spool), (0..36).collect::<Vec<_>>());
    assert_eq!(spool.depth(), Default::default());
    assert_eq!(folder.segments(), Vec::<PathBuf>::new());
    assert!(Spool::open(&SpoolConfig { folder: folder.0.clone(), most_bytes: 1 }).is_err(), "one at a time has it");
}

#[test]
fn a_frame_says_what_went_in_to_the_bit() {
    let folder = Folder::new();
    let spool = folder.open();
    let project = ProjectId(Uuid::now_v7());
    let mut odd = taken(project, 3, 2);
    if let Received::View(view) = &mut odd {
        view.page_group = "/\u{0}\"\\é/*".into();
        view.bot_reason = "user agent of no browser".into();
    }
    let all = [taken(project, 1, 1), odd, refused(project)];
    spool.append(Uuid::nil(), 0, &all).unwrap();
    let read = spool.read(10).unwrap().frames;
    for (frame, wrote) in read.iter().zip(&all) {
        assert_eq!(format!("{:?}", frame.received), format!("{wrote:?}"));
    }
    assert_eq!(read.len(), 3);
}

#[test]
fn a_torn_end_is_cut_wherever_it_was_torn() {
    let folder = Folder::new();
    write(&folder, &[(0, 3)]);
    let whole = fs::read(&folder.segments()[0]).unwrap();
    let ends = [&starts(&whole)[..], &[whole.len()]].concat();
    for cut in (0..whole.len()).step_by(13).chain(ends.iter().flat_map(|end| [end.saturating_sub(1), *end])) {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).unwrap();
        let path = folder.0.join("00000000000000000001.spool");
        fs::write(&path, &whole[..cut]).unwrap();
        let spool = folder.open();
        let left = spool.depth();
        let complete = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!((left.beacons, left.bytes), (complete as u64, ends[complete] as u64), "cut at {cut}");
        // What comes next is not glued to what is torn.
        spool.append(Uuid::nil(), 100, &[taken(ProjectId(Uuid::nil()), 1, 1)]).unwrap();
        let wanted: Vec<i64> = (0..left.beacons as i64).chain([100]).collect();
        assert_eq!((ids(&spool), spool.depth().corrupt), (wanted, 0), "cut at {cut}");
    }
}

#[test]
fn a_damaged_frame_costs_only_itself_and_is_counted() {
    let folder = Folder::new();
    write(&folder, &[(0, 9)]);
    let starts = starts(&fs::read(&folder.segments()[0]).unwrap());
    let (start, end) = (starts[4], starts[5]);
    // Within the header, the beacon, the checksum, the length (two ways), and the mark.
    for at in [start + 30, end - 20, start + 9, start + 4, start + 6, start] {
        let folder = Folder::new();
        write(&folder, &[(0, 9)]);
        change(&folder.segments()[0], |bytes| bytes[at] ^= 0x41);
        let spool = folder.open();
        assert_eq!((ids(&spool), spool.depth().corrupt), (vec![0, 1, 2, 3, 5, 6, 7, 8], 1), "byte {at}");
        assert!(spool.is_empty());
    }
    // Nothing inside a beacon passes for a frame, even where the beacon is damaged.
    let folder = Folder::new();
    write(&folder, &[(0, 1)]);
    let forged = fs::read(&folder.segments()[0]).unwrap();
    let spool = folder.open();
    ids(&spool);
    let mut outer = taken(ProjectId(Uuid::nil()), 1, 1);
    if let Received::View(view) = &mut outer {
        view.body = [b"{".as_slice(), &forged].concat().into();
    }
    spool.append(Uuid::nil(), 5, &[outer, taken(ProjectId(Uuid::nil()), 2, 1)]).unwrap();
    drop(spool);
    change(&folder.segments()[0], |bytes| bytes[40] ^= 1);
    assert_eq!(ids(&folder.open()), [6]);
}

/// Appends one at a time until one is not taken: how many were, and why that one was not.
fn fill(spool: &Spool, first: i64, mut beacon: impl FnMut(i64) -> Received) -> (i64, NoRoom) {
    for nr in first.. {
        if let Err(refused) = spool.append(Uuid::nil(), nr, &[beacon(nr)]).unwrap()[0] {
            return (nr - first, refused);
        }
    }
    unreachable!("a spool without an end")
}

#[test]
fn a_full_spool_takes_no_more_and_goes_on_when_there_is_room() {
    let folder = Folder::new();
    let spool = folder.open_up_to(20_000);
    let (first, full) = fill(&spool, 0, |_| taken(ProjectId(Uuid::now_v7()), 1, 1));
    assert_eq!(full, NoRoom::Full);
    assert!((10..60).contains(&first) && spool.depth().bytes <= 20_000);
    assert_eq!(ids(&spool).len() as i64, first);
    assert_eq!(spool.append(Uuid::nil(), first, &[refused(ProjectId(Uuid::nil()))]).unwrap(), [Ok(())]);
    assert_eq!(ids(&spool), [first]);
}

#[test]
fn the_last_of_the_spool_is_for_projects_that_have_little_in_it() {
    let (loud, quiet) = (ProjectId(Uuid::from_u128(1)), ProjectId(Uuid::from_u128(2)));
    let folder = Folder::new();
    let spool = folder.open_up_to(160_000);
    let (crowd, why) = fill(&spool, 0, |_| taken(loud, 1, 1));
    assert_eq!(why, NoRoom::TooMuch);
    assert!((140_000..142_000).contains(&spool.depth().bytes), "{:?}", spool.depth());
    assert!(spool.is_too_much_of(Share::of(loud)) && !spool.is_too_much_of(Share::of(quiet)));
    // Of one batch, each by itself; and what is on disk says whose it is to the next process, too.
    drop(spool);
    let spool = folder.open_up_to(160_000);
    let batch = [taken(loud, 2, 1), taken(quiet, 3, 1), taken(loud, 4, 1), taken(quiet, 5, 1)];
    let answers = spool.append(Uuid::nil(), crowd, &batch).unwrap();
    assert_eq!(answers, [Err(NoRoom::TooMuch), Ok(()), Err(NoRoom::TooMuch), Ok(())]);
    let wanted: Vec<i64> = (0..crowd).chain([crowd + 1, crowd + 3]).collect();
    assert_eq!(ids(&spool), wanted);
    // With room again, everybody is welcome.
    assert_eq!(spool.append(Uuid::nil(), 0, &batch).unwrap(), [Ok(()); 4]);
    let (more, why) = fill(&spool, 4, |_| taken(loud, 1, 1));
    assert_eq!(why, NoRoom::TooMuch);
    let chunk = spool.read(40).unwrap();
    spool.advance(&chunk).unwrap();
    // As long as its segment is on disk, its room is not free.
    assert!(spool.is_too_much_of(Share::of(loud)));
    assert_eq!(ids(&spool).len() as i64, 4 + more - 40);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_was_taken_while_the_database_was_away_is_stored_once_when_it_is_back(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let folder = Folder::new();
    let beacons = || {
        let mut all: Vec<Received> = (0..3_000).map(|nr| taken(project, nr % 2_500, (nr / 2_500) as i32)).collect();
        all.extend((0..20).map(|_| refused(project)));
        all
    };
    {
        let queue = Queue::start(nowhere(), Plan::Agency, Some(folder.open()));
        let began = Instant::now();
        let answers = send(&queue, beacons()).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let (views, others) = answers.split_at(3_000);
        assert!(views.iter().all(|answer| *answer == Ok(Ok(()))));
        assert!(others.iter().all(|answer| *answer == Ok(Err(DropReason::OriginNotAllowed))));
        assert_eq!(queue.spooled().unwrap().beacons, 3_020);
    }
    // As it stands on disk, to be read a second time below.
    let spool = reopened(&folder).await;
    let copies: Vec<(PathBuf, Vec<u8>)> =
        folder.segments().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    {
        let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, Some(spool));
        // What comes meanwhile is stored too, behind.
        assert_eq!(queue.write_at_leisure(taken(project, 1, 7)).await, Ok(Ok(())));
        emptied(&queue).await;
    }
    let wanted = BTreeMap::from([
        ("page_view".to_owned(), 2_500),
        ("update".to_owned(), 501),
        ("rejected:origin_not_allowed".to_owned(), 20),
        ("value:cls:negative".to_owned(), 3_001),
    ]);
    assert_eq!(outcome_counts(&mut db).await, wanted);
    assert_eq!(count(&mut db, "page_views").await, 2_500);
    let fresh = fresh_sketches(&mut db, project).await;
    assert_eq!(stored_sketches(&mut db, project).await, fresh);

    // A crash after the last commit and before the files were gone: they are read again, and skipped.
    drop(reopened(&folder).await);
    for (path, bytes) in copies {
        fs::write(path, bytes).unwrap();
    }
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, Some(folder.open()));
    assert_eq!(queue.spooled().unwrap().beacons, 3_020);
    emptied(&queue).await;
    assert_eq!(outcome_counts(&mut db).await, wanted, "each beacon has one outcome");
    assert_eq!(stored_sketches(&mut db, project).await, fresh);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_commit_that_takes_too_long_is_answered_from_disk_and_counted_once(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let folder = Folder::new();
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, Some(folder.open()));
    assert_eq!(queue.write_at_leisure(taken(project, 0, 1)).await, Ok(Ok(())));
    let mut slow = pool.begin().await.unwrap();
    sqlx::query("lock table beacon_outcomes in exclusive mode").execute(&mut *slow).await.unwrap();
    for nr in 1..4 {
        // At a door, where nobody waits for long.
        assert_eq!(queue.write(taken(project, nr, 1)).await, Ok(Ok(())));
    }
    assert_eq!(queue.spooled().unwrap().beacons, 3);
    slow.rollback().await.unwrap();
    emptied(&queue).await;
    assert_eq!(outcome_counts(&mut db).await["page_view"], 4);
    assert_eq!(count(&mut db, "page_views").await, 4);
    // Once it is empty, beacons go straight to the database.
    assert_eq!(queue.write_at_leisure(taken(project, 9, 1)).await, Ok(Ok(())));
    assert_eq!(outcome_counts(&mut db).await["page_view"], 5);
    assert_eq!(folder.segments(), Vec::<PathBuf>::new());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_poisoned_beacon_in_the_spool_costs_only_itself(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    let folder = Folder::new();
    let spool = folder.open();
    let mut beacons: Vec<Received> = (0..100).map(|nr| taken(project, nr, 1)).collect();
    if let Received::View(view) = &mut beacons[61] {
        view.page_group = "/\0".into();
    }
    spool.append(Uuid::now_v7(), 0, &beacons).unwrap();
    let queue = Queue::start((*pool.connect_options()).clone(), Plan::Agency, Some(spool));
    emptied(&queue).await;
    let counts = outcome_counts(&mut db).await;
    assert_eq!((counts["page_view"], counts["rejected:not_storable"]), (99, 1));
    assert_eq!(stored_sketches(&mut db, project).await, fresh_sketches(&mut db, project).await);
}

#[tokio::test]
async fn without_room_on_disk_the_door_is_told_that_the_database_is_away() {
    let folder = Folder::new();
    let queue = Queue::start(nowhere(), Plan::Agency, Some(folder.open_up_to(100)));
    assert_eq!(queue.write(taken(ProjectId(Uuid::nil()), 1, 1)).await, Err(Unwritten::Away));
    let without = Queue::start(nowhere(), Plan::Agency, None);
    assert_eq!(without.write(taken(ProjectId(Uuid::nil()), 1, 1)).await, Err(Unwritten::Away));
}
