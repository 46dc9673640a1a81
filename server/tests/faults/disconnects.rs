//! Clients that hang up at every point of a request, a hundred thousand of them: what others are told stays true, and
//! nothing of them is left over. And clients that are slow on purpose, while others go on.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bench::{
    client::{Connection, get, request},
    generator::{Beacon, Expected},
    processes,
};
use domain::rum::DropReason;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    Result, World, at_length,
    check::truth,
    reader::Reader,
    sending::{Delivery, Manners, Senders},
    visits,
};

/// Clients that hang up at once.
const AT_ONCE: usize = 24;

/// One client that hangs up: after no byte, some, or all of a request, and maybe a moment later, when its answer is
/// being made or is on its way.
async fn hang_up(address: SocketAddr, whole: &[u8], random: &mut StdRng) -> Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let part = if random.random_bool(0.6) { whole.len() } else { random.random_range(0..whole.len()) };
    // The server may be gone first: it refuses what is too large without reading it.
    let sent = stream.write_all(&whole[..part]).await.is_ok();
    if random.random_bool(0.5) {
        tokio::time::sleep(Duration::from_micros(random.random_range(0..4_000))).await;
    }
    if random.random_bool(0.5) {
        // With a reset instead of a farewell.
        let _ = stream.set_zero_linger();
    }
    Ok(sent && part == whole.len())
}

/// Open files of a process.
fn files(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_anywhere_leave_nothing_behind_and_take_nothing_from_others() -> Result<()> {
    let hang_ups = at_length(6_000, 100_000);
    let mut world = World::new(41, at_length(1_500, 20_000)).await?;
    let address = world.subject.address();
    let pid = world.subject.pid().ok_or("no process")?;
    let reader = Reader::sign_in(&world.subject).await?;
    let project = world.projects[0].clone();
    reader.page(&format!("/projects/{}", project.id)).await?;
    let before = files(pid);

    // Those who hang up send beacons, and forms and pages, which take connections of the pool.
    let left: Arc<Vec<Beacon>> = Arc::new(visits(&world.projects, 42, hang_ups / 2));
    let rename = format!("project={}&name=Shop", project.id);
    let make = "name=Nobody+waits&origin=https%3A%2F%2Fgone.example";
    let forms = [
        ("projects/rename", rename.as_str()),
        ("projects/create", make),
        ("accounts/forgot-password", "email=x%40x.example"),
    ];
    let forms = forms.map(|(endpoint, form)| reader.form(&format!("/api/ui/{endpoint}"), form));
    let pages =
        ["", "/pages", "/fix", "/settings"].map(|page| reader.request(&format!("/projects/{}{page}", project.id)));
    let asked: Arc<Vec<Vec<u8>>> = Arc::new(forms.into_iter().chain(pages).collect());
    let (next, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let delivered: Arc<Vec<AtomicBool>> = Arc::new(left.iter().map(|_| AtomicBool::new(false)).collect());
    let gone: Vec<_> = (0..AT_ONCE as u64)
        .map(|nr| {
            let (left, asked, next, delivered) =
                (Arc::clone(&left), Arc::clone(&asked), Arc::clone(&next), Arc::clone(&delivered));
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(nr);
                loop {
                    let nr = next.fetch_add(1, Ordering::Relaxed);
                    if nr >= hang_ups {
                        return Result::Ok(());
                    }
                    // Every eighth asks for a page or sends a form: they cost as much as many beacons.
                    if nr % 8 == 0 {
                        hang_up(address, &asked[nr / 8 % asked.len()], &mut random).await?;
                    } else if let Some(beacon) = left.get(nr) {
                        let whole = hang_up(address, &request(address, beacon), &mut random).await?;
                        // What is too large is refused at its head.
                        delivered[nr].store(whole || truth(beacon).is_none(), Ordering::Relaxed);
                    } else {
                        hang_up(
                            address,
                            b"POST /api/beacon HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n",
                            &mut random,
                        )
                        .await?;
                    }
                }
            })
        })
        .collect();
    // Others meanwhile: beacons, and changes that are acknowledged.
    let manners = Manners {
        connections: 8,
        within: at_length(Duration::from_secs(120), Duration::from_secs(1_200)),
        gives_up: false,
    };
    let senders = Senders::start(address, &world.beacons, 43, manners);
    let changes = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let mut names = Vec::new();
            for nr in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let name = format!("kept-{nr}");
                if reader.create_project(&name).await? {
                    names.push(name);
                } else {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            Result::Ok((reader, names))
        }
    });
    for task in gone {
        task.await??;
    }
    let mut deliveries = senders.end().await?;
    done.store(true, Ordering::Relaxed);
    let (reader, names) = changes.await??;
    eprintln!("{hang_ups} clients hung up; {} changes were acknowledged meanwhile", names.len());
    assert!(names.len() > 20, "{} changes were acknowledged", names.len());

    let database = PgPool::connect(&world.subject.database_url()?).await?;
    let kept: i64 = sqlx::query_scalar("select count(*) from projects where name = any($1)")
        .bind(&names)
        .fetch_one(&database)
        .await?;
    assert_eq!(usize::try_from(kept)?, names.len(), "changes that were acknowledged are lost");

    // What those who hung up had sent may count, once.
    let theirs =
        delivered.iter().map(|whole| Delivery { settled: None, unsettled: u32::from(whole.load(Ordering::Relaxed)) });
    deliveries.extend(theirs);
    let mut beacons = Arc::unwrap_or_clone(std::mem::take(&mut world.beacons));
    beacons.extend(Arc::unwrap_or_clone(left));
    // And each may have been told that a part of a beacon cannot be read.
    let expected = Expected::Refused { reason: DropReason::Unreadable, site: None };
    let part = Beacon { body: Vec::new(), origin: String::new(), user_agent: None, expected };
    beacons.extend(std::iter::repeat_n(part, hang_ups));
    deliveries.extend(std::iter::repeat_n(Delivery { settled: None, unsettled: 1 }, hang_ups));
    world.beacons = Arc::new(beacons);
    let began = Instant::now();
    while files(pid) > before + 24 {
        assert!(began.elapsed() < Duration::from_secs(45), "{} files are open, {before} were before", files(pid));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let memory = processes::resident_mib(pid).unwrap_or(f64::MAX);
    assert!(memory < 512.0, "{memory} MiB");
    reader.everything_loads(&world.projects[0]).await?;
    world.check_patiently(&deliveries).await
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_slow_on_purpose_are_given_up_and_nobody_waits_for_them() -> Result<()> {
    let world = World::new(44, 600).await?;
    let address = world.subject.address();
    let beacon = request(address, &world.beacons[0]);
    // Some never end their head, some never send their body, some say nothing: hundreds of each.
    let head = &b"POST /api/beacon HTTP/1.1\r\nhost: x\r\nx-slow: "[..];
    let body = &beacon[..beacon.len() - 20];
    let began = Instant::now();
    let mut slow = Vec::new();
    for (nr, start) in [head, body, b""].into_iter().cycle().take(900).enumerate() {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(start).await?;
        slow.push(tokio::spawn(async move {
            // One byte a second gains no time.
            let mut scrap = Vec::new();
            loop {
                let read = tokio::time::timeout(Duration::from_secs(1), stream.read_buf(&mut scrap)).await;
                match read {
                    Ok(Ok(0) | Err(_)) => return (nr % 3, began.elapsed(), scrap),
                    Ok(Ok(_)) => {}
                    Err(_) if nr % 3 == 2 => {}
                    Err(_) => drop(stream.write_all(b"a").await),
                }
            }
        }));
    }
    let manners = Manners { connections: 16, within: Duration::from_secs(60), gives_up: false };
    let senders = Senders::start(address, &world.beacons, 45, manners);
    let mut slowest = Duration::ZERO;
    while began.elapsed() < Duration::from_secs(5) {
        let asked = Instant::now();
        Connection::open(address).await?.send(&get(address, "/healthz")).await?;
        slowest = slowest.max(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let deliveries = senders.end().await?;
    assert!(slowest < Duration::from_secs(2), "somebody who is not slow waited {slowest:?}");
    for task in slow {
        // Heads and bodies have ten seconds, silence thirty.
        let (kind, after, said) = tokio::time::timeout(Duration::from_secs(60), task).await??;
        let patience = Duration::from_secs(if kind == 2 { 30 } else { 10 });
        assert!(after < patience + Duration::from_secs(10), "one of kind {kind} was held for {after:?}");
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
    }
    let accepted = deliveries.iter().filter(|delivery| delivery.settled.is_some()).count();
    assert_eq!(accepted, world.beacons.len());
    world.subject.settled(Duration::from_secs(30)).await
}
