//! From the start of the process to its end, on the binary itself.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::world::{Database, Folder, Program, beacon, run, site_in};

async fn connect(program: &Program) -> TcpStream {
    TcpStream::connect(program.url.strip_prefix("http://").unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_stop_answers_what_is_under_way_and_closes_what_is_idle() {
    let (database, folder) = (Database::new().await, Folder::new());
    let mut program = Program::serve(&folder, &[("DATABASE_URL", &database.url)]).await;
    let mut idle = connect(&program).await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut start = [0; 15];
    idle.read_exact(&mut start).await.unwrap();
    let silent = connect(&program).await;
    // A beacon of which the end is still to come when the signal does.
    let mut under_way = connect(&program).await;
    let body = beacon("pa_00000000000000000000", 1).to_string();
    let head = format!("POST /api/beacon HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    under_way.write_all(format!("{head}{}", &body[..40]).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;

    program.signal("TERM");
    let began = Instant::now();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(2), idle.read_to_end(&mut rest))
        .await
        .expect("an idle connection is closed")
        .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    under_way.write_all(&body.as_bytes()[40..]).await.unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(program.ended(Duration::from_secs(5)).await, Some(Some(0)), "{}", program.log());
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    drop(silent);
    database.drop().await;
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_stop() {
    let (database, folder) = (Database::new().await, Folder::new());
    let mut program = Program::serve(&folder, &[("DATABASE_URL", &database.url)]).await;
    let mut endless = connect(&program).await;
    endless.write_all(b"POST /api/beacon HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    program.signal("TERM");
    assert_eq!(program.ended(Duration::from_secs(11)).await, Some(Some(0)), "{}", program.log());
    database.drop().await;
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let (database, folder) = (Database::new().await, Folder::new());
    let mut program = Program::serve(&folder, &[("DATABASE_URL", &database.url)]).await;
    let mut endless = connect(&program).await;
    endless.write_all(b"POST /api/beacon HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    program.signal("INT");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(program.ended(Duration::ZERO).await, None);
    program.signal("INT");
    assert!(program.ended(Duration::from_secs(1)).await.is_some(), "{}", program.log());
    database.drop().await;
}

#[tokio::test]
async fn nothing_that_was_accepted_is_lost_by_a_stop_under_load() {
    let (database, folder) = (Database::new().await, Folder::new());
    let url = [("DATABASE_URL", database.url.as_str()), ("PERFALLY_RATE_LIMITS", "off")];
    let mut program = Program::serve(&folder, &url).await;
    let data = folder.path("data");
    let admin = [("DATABASE_URL", database.url.as_str()), ("PERFALLY_DATA", data.to_str().unwrap())];
    let added = {
        use std::{io::Write as _, process::Stdio};
        let mut command =
            crate::world::perfally(&["admin", "user", "add", "ada@example.com", "--password-stdin"], &admin);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(crate::world::PASSWORD.as_bytes()).unwrap();
        child.wait().unwrap()
    };
    assert!(added.success());
    let project = run(
        &[
            "admin",
            "project",
            "add",
            "--owner",
            "ada@example.com",
            "--name",
            "Shop",
            "--origin",
            "https://shop.example",
        ],
        &admin,
    );
    let project: serde_json::Value = serde_json::from_slice(&project.stdout).unwrap();
    let key = project["site_key"].as_str().unwrap().to_owned();

    let senders: Vec<_> = (0..32)
        .map(|_| {
            let (url, key) = (format!("{}/api/beacon", program.url), key.clone());
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut accepted = 0_i64;
                loop {
                    let request =
                        client.post(&url).header("origin", "https://shop.example").body(beacon(&key, 1).to_string());
                    match request.send().await {
                        Ok(answer) if answer.status() == 202 => accepted += 1,
                        // Not now, on a machine that is busy with other tests.
                        Ok(answer) if answer.status() != 202 => tokio::time::sleep(Duration::from_millis(50)).await,
                        _ => return accepted,
                    }
                }
            })
        })
        .collect();
    let began = Instant::now();
    while database.number("select count(*) from page_views").await < 200 && began.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    program.signal("TERM");
    assert_eq!(program.ended(Duration::from_secs(11)).await, Some(Some(0)), "{}", program.log());
    let mut accepted = 0;
    for sender in senders {
        accepted += sender.await.unwrap();
    }
    let stored = database.number("select count(*) from page_views").await;
    // A beacon whose answer was cut off may be stored, too.
    assert!(accepted > 20 && stored >= accepted && stored <= accepted + 32, "accepted {accepted}, stored {stored}");
    database.drop().await;
}

#[tokio::test]
async fn a_taken_port_and_a_folder_in_use_are_told_in_words() {
    let (database, folder) = (Database::new().await, Folder::new());
    let program = Program::serve(&folder, &[("DATABASE_URL", &database.url)]).await;
    let other = Folder::new();
    let (site, elsewhere, data) = (site_in(&other), other.path("data"), folder.path("data"));
    let address = program.url.strip_prefix("http://").unwrap();
    let variables = [("PERFALLY_SITE", site.to_str().unwrap()), ("DATABASE_URL", database.url.as_str())];

    let mut taken = variables.to_vec();
    taken.extend([("PERFALLY_ADDR", address), ("PERFALLY_DATA", elsewhere.to_str().unwrap())]);
    let output = run(&["serve"], &taken);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains(address) && words.contains("PERFALLY_ADDR"), "{words}");

    let mut in_use = variables.to_vec();
    in_use.extend([("PERFALLY_ADDR", "127.0.0.1:0"), ("PERFALLY_DATA", data.to_str().unwrap())]);
    let output = run(&["serve"], &in_use);
    let words = String::from_utf8_lossy(&output.stderr);
    let process = program.child.id().to_string();
    assert!(!output.status.success() && words.contains(&process) && words.contains("PERFALLY_DATA"), "{words}");

    let mut no_site = in_use.clone();
    no_site.extend([("PERFALLY_SITE", "/nowhere"), ("PERFALLY_DATA", elsewhere.to_str().unwrap())]);
    let output = run(&["serve"], &no_site);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("PERFALLY_SITE"), "{words}");
    database.drop().await;
}

#[tokio::test]
async fn the_process_is_alive_before_its_database_is_and_becomes_ready_by_itself() {
    let (database, folder) = (Database::new().await, Folder::new());
    // A port at which nothing listens yet.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gate = closed.local_addr().unwrap();
    drop(closed);
    let mut through = url::Url::parse(&database.url).unwrap();
    let target = format!("{}:{}", through.host_str().unwrap(), through.port().unwrap_or(5432));
    through.set_host(Some("127.0.0.1")).unwrap();
    // Not through the socket.
    through.set_query(None);
    through.set_port(Some(gate.port())).unwrap();
    let program = Program::start(&folder, &[("DATABASE_URL", through.as_str())]).await;
    assert_eq!(program.status("/healthz").await, Some(200));
    for path in ["/readyz", "/", "/projects"] {
        assert_eq!(program.status(path).await, Some(503), "{path}");
    }
    let listener = tokio::net::TcpListener::bind(gate).await.unwrap();
    let forwarding = tokio::spawn(async move {
        while let Ok((mut inside, _)) = listener.accept().await {
            let target = target.clone();
            tokio::spawn(async move {
                if let Ok(mut outside) = TcpStream::connect(target).await {
                    let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
                }
            });
        }
    });
    let began = Instant::now();
    while program.status("/readyz").await != Some(200) {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", program.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(program.status("/").await, Some(200));
    drop(program);
    forwarding.abort();
    database.drop().await;
}
