//! A mail server that is silent, or not there: letters wait, and nobody else notices.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bench::subject::Subject;
use sqlx::PgPool;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::{
    Result, at_length, binary,
    check::Case,
    evidence::Evidence,
    reader::Reader,
    sending::{Manners, Senders},
    visits,
};

/// A mail server that says nothing until it is well again.
struct MailServer {
    address: SocketAddr,
    letters: Arc<Mutex<Vec<String>>>,
    is_well: tokio::sync::watch::Sender<bool>,
}

impl MailServer {
    async fn silent() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let letters = Arc::new(Mutex::new(Vec::new()));
        let (is_well, well) = tokio::sync::watch::channel(false);
        tokio::spawn({
            let letters = Arc::clone(&letters);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (letters, well) = (Arc::clone(&letters), well.clone());
                    tokio::spawn(async move {
                        // Whoever came while it was silent is never answered.
                        if *well.borrow() {
                            let _ = talk(stream, &letters).await;
                        } else {
                            std::future::pending::<()>().await;
                        }
                    });
                }
            }
        });
        Ok(Self { address, letters, is_well })
    }

    fn receivers(&self) -> Vec<String> {
        self.letters.lock().map(|letters| letters.clone()).unwrap_or_default()
    }
}

/// As much SMTP as a letter needs.
async fn talk(stream: TcpStream, letters: &Mutex<Vec<String>>) -> Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    let (mut receiver, mut is_letter) = (String::new(), false);
    to.write_all(b"220 mail.example\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let said = line.to_ascii_uppercase();
        let answer = match (is_letter, said.as_str()) {
            (true, ".") => {
                is_letter = false;
                letters.lock().map_err(|_| "a talk panicked")?.push(std::mem::take(&mut receiver));
                "250 taken\r\n"
            }
            (true, _) => continue,
            (false, "DATA") => {
                is_letter = true;
                "354 go on\r\n"
            }
            (false, "QUIT") => return Ok(to.write_all(b"221 bye\r\n").await?),
            (false, said) if said.starts_with("RCPT TO:") => {
                receiver = line[8..].trim().to_owned();
                "250 known\r\n"
            }
            (false, _) => "250 well\r\n",
        };
        to.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_a_mail_server_that_is_silent_and_letters_wait_for_it() -> Result<()> {
    const LETTERS: usize = 6;
    let mail = MailServer::silent().await?;
    let mut subject = Subject::new(&binary())?.with("SMTP_URL", format!("smtp://{}", mail.address));
    subject.begin().await?;
    let projects = subject.add_projects(2)?;
    let reader = Reader::sign_in(&subject).await?;
    let database = PgPool::connect(&subject.database_url()?).await?;
    for nr in 0..LETTERS {
        reader.sign_up(&format!("visitor-{nr}@reader.example")).await?;
    }

    // Beacons, pages, and the other jobs, while letters wait; the longer, the more of them are due at once.
    let beacons = Arc::new(visits(&projects, 51, 2_000));
    let manners = Manners { connections: 16, within: Duration::from_secs(60), gives_up: false };
    let deliveries = Senders::start(subject.address(), &beacons, 52, manners).end().await?;
    let (began, silence) = (Instant::now(), at_length(Duration::from_secs(4), Duration::from_secs(600)));
    let mut slowest = Duration::ZERO;
    while began.elapsed() < silence {
        let (status, _, took) = reader.page(&format!("/projects/{}", projects[0].id)).await?;
        assert_eq!(status, 200);
        slowest = slowest.max(took);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(slowest < Duration::from_secs(3), "a page took {slowest:?}");
    // A job that has nothing to do with mail is done soon, though letters hold on to their places.
    sqlx::query(
        "insert into jobs (id, kind, payload, run_at, created_at)
         values (gen_random_uuid(), 'purge_failed_jobs', '{}', now(), now())",
    )
    .execute(&database)
    .await?;
    let began = Instant::now();
    while others_wait(&database).await? {
        assert!(began.elapsed() < Duration::from_secs(10), "other jobs wait for letters");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let waiting: i64 =
        sqlx::query_scalar("select count(*) from jobs where kind = 'send_mail'").fetch_one(&database).await?;
    assert_eq!(usize::try_from(waiting)?, LETTERS, "letters that were not sent are gone");

    mail.is_well.send(true)?;
    // The next try, which an operator would wait for.
    sqlx::query("update jobs set run_at = now() where kind = 'send_mail' and lease_token is null")
        .execute(&database)
        .await?;
    let began = Instant::now();
    while mail.receivers().len() < LETTERS {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?} had their letters", mail.receivers());
        sqlx::query("update jobs set run_at = now() where kind = 'send_mail' and lease_token is null")
            .execute(&database)
            .await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let mut receivers = mail.receivers();
    receivers.sort();
    receivers.dedup();
    assert_eq!(receivers.len(), LETTERS, "{receivers:?}");
    let evidence = Evidence::read(&database).await?;
    Case { projects: &projects, beacons: &beacons, deliveries: &deliveries, evidence: &evidence }.all(false)
}

/// Whether a job that is no letter is due.
async fn others_wait(database: &PgPool) -> Result<bool> {
    let due = "select exists (select from jobs where kind <> 'send_mail' and run_at <= now() and failed_at is null)";
    Ok(sqlx::query_scalar(due).fetch_one(database).await?)
}
