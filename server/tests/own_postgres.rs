//! The PostgreSQL that the program brings along, on the binary itself.

use std::{process::Command, time::Duration};

use crate::world::{Folder, Program, perfally, run};

fn postmaster(folder: &Folder) -> String {
    let file = folder.path("data/postgres/postmaster.pid");
    std::fs::read_to_string(file).expect("a running PostgreSQL").lines().next().unwrap().to_owned()
}

fn is_alive(process: &str) -> bool {
    std::fs::read_link(format!("/proc/{process}/cwd")).is_ok()
}

#[tokio::test]
async fn it_starts_and_stops_with_the_server_and_keeps_its_data() {
    let folder = Folder::new();
    let mut program = Program::serve(&folder, &[]).await;
    let process = postmaster(&folder);
    program.signal("TERM");
    assert_eq!(program.ended(Duration::from_secs(10)).await, Some(Some(0)), "{}", program.log());
    assert!(!is_alive(&process), "PostgreSQL outlived its server");
    let program = Program::serve(&folder, &[]).await;
    assert!(!program.log().contains("making a private PostgreSQL"), "{}", program.log());
    drop(program);
}

#[tokio::test]
async fn a_server_that_was_killed_leaves_it_running_and_the_next_one_takes_it_over() {
    let folder = Folder::new();
    let mut program = Program::serve(&folder, &[]).await;
    let process = postmaster(&folder);
    program.signal("KILL");
    program.ended(Duration::from_secs(5)).await.expect("its end");
    assert!(is_alive(&process));
    let mut program = Program::serve(&folder, &[]).await;
    assert_eq!(postmaster(&folder), process, "the running one was not taken over");
    program.signal("TERM");
    assert_eq!(program.ended(Duration::from_secs(10)).await, Some(Some(0)), "{}", program.log());
    assert!(!is_alive(&process), "a PostgreSQL that was taken over outlived its server");
}

#[tokio::test]
async fn a_server_and_a_database_killed_together_come_back() {
    let folder = Folder::new();
    let mut program = Program::serve(&folder, &[]).await;
    let process = postmaster(&folder);
    program.signal("KILL");
    assert!(Command::new("kill").args(["-KILL", &process]).status().unwrap().success());
    program.ended(Duration::from_secs(5)).await.expect("its end");
    let program = Program::serve(&folder, &[]).await;
    assert_ne!(postmaster(&folder), process);
    drop(program);
}

#[tokio::test]
async fn its_password_is_for_us_alone_and_it_lets_nobody_in_without() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let program = Program::serve(&folder, &[]).await;
    for file in ["data/postgres.url", "data/secret"] {
        let mode = std::fs::metadata(folder.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} can be read by others");
    }
    let url = std::fs::read_to_string(folder.path("data/postgres.url")).unwrap();
    let url = url::Url::parse(url.trim()).unwrap();
    assert_eq!(url.host_str(), Some("127.0.0.1"));
    use sqlx::Connection as _;
    assert!(sqlx::PgConnection::connect(url.as_str()).await.is_ok());
    assert!(url.query().is_some_and(|query| query.contains("host=%2F")), "it goes through TCP");
    let mut by_tcp = url.clone();
    by_tcp.set_query(None);
    assert!(sqlx::PgConnection::connect(by_tcp.as_str()).await.is_ok());
    for mut way in [url, by_tcp] {
        way.set_password(Some("wrong")).unwrap();
        assert!(sqlx::PgConnection::connect(way.as_str()).await.is_err());
    }
    drop(program);
}

#[tokio::test]
async fn the_operators_commands_work_beside_the_server_and_without_it() {
    let folder = Folder::new();
    let data = folder.path("data");
    let variables = [("PERFALLY_DATA", data.to_str().unwrap())];
    let output = run(&["migrate"], &variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!data.join("postgres/postmaster.pid").exists(), "a command left its PostgreSQL running");
    let program = Program::serve(&folder, &[]).await;
    let process = postmaster(&folder);
    let output = run(&["migrate"], &variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(postmaster(&folder), process);
    drop(program);
}

#[test]
fn missing_programs_are_told_with_what_to_install() {
    let folder = Folder::new();
    let (data, site) = (folder.path("data"), crate::world::site_in(&folder));
    let output = run(
        &["serve"],
        &[
            ("PERFALLY_ADDR", "127.0.0.1:0"),
            ("PERFALLY_DATA", data.to_str().unwrap()),
            ("PERFALLY_SITE", site.to_str().unwrap()),
            ("PERFALLY_POSTGRES_BIN", "/nowhere"),
        ],
    );
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("PERFALLY_POSTGRES_BIN") && words.contains("initdb"), "{words}");
}

#[test]
fn a_command_runs_on_a_throw_away_one_and_its_code_is_passed_on() {
    let folder = Folder::new();
    let note = folder.path("note");
    let script = format!("echo \"$DATABASE_URL\" > {}; exit 7", note.display());
    let output = perfally(&["with-postgres", "--fast", "--", "sh", "-c", &script], &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    let url = std::fs::read_to_string(note).unwrap();
    assert!(url.starts_with("postgres://"), "{url}");
    // It is gone.
    let port: u16 = url::Url::parse(url.trim()).unwrap().port().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    let missing = run(&["with-postgres", "--", "/nowhere/at/all"], &[]);
    assert_eq!(missing.status.code(), Some(1));
}
