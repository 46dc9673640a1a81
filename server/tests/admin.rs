//! The operator's commands, on the binary itself.

use std::{io::Write as _, process::Stdio};

use serde_json::Value;

use crate::world::{Database, Folder, PASSWORD, World, perfally, run};

fn json(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&output.stdout)))
}

fn add_user(email: &str, password: &str, variables: &[(&str, &str)]) -> std::process::Output {
    let mut command = perfally(&["admin", "user", "add", email, "--password-stdin"], variables);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn a_person_a_plan_and_a_site_are_added_and_work() {
    let world = World::new().await;
    let folder = Folder::new();
    let data = folder.path("data");
    let variables = [("DATABASE_URL", world.database.url.as_str()), ("PERFALLY_DATA", data.to_str().unwrap())];

    let user = json(&add_user("Ada@Example.com", &format!("{PASSWORD}\n"), &variables));
    assert_eq!(user["email"], "ada@example.com");
    let plan = json(&run(&["admin", "plan", "set", "--owner", "ada@example.com", "agency"], &variables));
    assert_eq!(plan["plan"], "agency");
    let mut keys = Vec::new();
    for name in ["Shop", "Blog"] {
        let origin = "https://shop.example";
        let project = json(&run(
            &["admin", "project", "add", "--owner", "ada@example.com", "--name", name, "--origin", origin],
            &variables,
        ));
        assert!(project["project_id"].as_str().is_some_and(|id| id.parse::<uuid::Uuid>().is_ok()), "{project}");
        keys.push(project["site_key"].as_str().unwrap().to_owned());
    }
    assert_ne!(keys[0], keys[1]);

    let project = json(&run(
        &["admin", "project", "add", "--owner", "ada@example.com", "--name", "Third", "--origin", "https://c.example"],
        &variables,
    ))["project_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let add = |more: &[&str]| {
        run(&[&["admin", "deploy", "add", "--project", &project, "--release", "2026.11.3"], more].concat(), &variables)
    };
    let deploy = json(&add(&["--at", "2026-11-03T14:05:00Z", "--note", "New pictures"]));
    assert_eq!((&deploy["release"], &deploy["at"]), (&"2026.11.3".into(), &"2026-11-03T14:05:00Z".into()));
    assert!(!add(&["--at", "2999-01-01T00:00:00Z"]).status.success());
    let nobody = "018f0000-0000-7000-8000-000000000001";
    let unknown = run(&["admin", "deploy", "add", "--project", nobody, "--release", "1"], &variables);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("There is no project"), "{unknown:?}");
    let incident = |owner: &str, more: &[&str]| {
        let args = ["admin", "incident", "add", "--owner", owner, "--project", &project, "--note", "Images are away"];
        run(&[&args, more].concat(), &variables)
    };
    let lasts = json(&incident("ada@example.com", &["--at", "2026-11-03T14:05:00Z"]));
    assert_eq!((&lasts["note"], &lasts["until"]), (&"Images are away".into(), &Value::Null));
    let over = ["--at", "2026-11-03T14:05:00Z", "--until", "2026-11-03T16:00:00Z"];
    assert_eq!(json(&incident("ada@example.com", &over))["until"], "2026-11-03T16:00:00Z");
    assert_eq!(world.database.number("select count(*) from incidents").await, 1, "it is one incident");
    assert!(!incident("ada@example.com", &["--at", "2999-01-01T00:00:00Z"]).status.success());
    assert!(add_user("eve@example.com", PASSWORD, &variables).status.success());
    let of_others = incident("eve@example.com", &["--at", "2026-11-03T14:05:00Z"]);
    assert!(String::from_utf8_lossy(&of_others.stderr).contains("There is no project"), "{of_others:?}");
    let key = json(&run(&["admin", "api-key", "add", "--owner", "ada@example.com", "--name", "CI"], &variables));
    let projects = reqwest::Client::new().get(format!("{}/v1/projects", world.url));
    let projects: Value =
        projects.bearer_auth(key["key"].as_str().unwrap()).send().await.unwrap().json().await.unwrap();
    assert_eq!(projects["data"].as_array().unwrap().len(), 3, "{projects}");

    // Who was added signs in at the server that was running all along, and the key takes beacons.
    world.browser().sign_in("ada@example.com").await;
    let (client, body) = (reqwest::Client::new(), crate::world::beacon(&keys[1], 1).to_string());
    let answer = crate::world::insistently(async || {
        let request = client.post(format!("{}/api/beacon", world.url)).header("origin", "https://shop.example");
        request.body(body.clone()).send().await.unwrap()
    })
    .await;
    let status = answer.status();
    assert_eq!(status, 202, "{}", answer.text().await.unwrap());
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_words_and_by_the_exit_code() {
    let database = Database::new().await;
    let folder = Folder::new();
    let data = folder.path("data");
    let variables = [("DATABASE_URL", database.url.as_str()), ("PERFALLY_DATA", data.to_str().unwrap())];
    assert!(add_user("ada@example.com", PASSWORD, &variables).status.success());
    let refused = [
        (add_user("ada@example.com", PASSWORD, &variables), "ada@example.com"),
        (add_user("bob@example.com", "short", &variables), "8"),
        (add_user("not an address", PASSWORD, &variables), "address"),
        (run(&["admin", "plan", "set", "--owner", "ada@example.com", "gold"], &variables), "free, pro or agency"),
        (run(&["admin", "plan", "set", "--owner", "eve@example.com", "pro"], &variables), "Nobody has an account"),
        (
            run(&["admin", "api-key", "add", "--owner", "eve@example.com", "--name", "CI"], &variables),
            "Nobody has an account",
        ),
        (run(&["admin", "api-key", "add", "--owner", "ada@example.com", "--name", " "], &variables), "Name what"),
        (
            run(
                &[
                    "admin",
                    "project",
                    "add",
                    "--owner",
                    "ada@example.com",
                    "--name",
                    "Shop",
                    "--origin",
                    "not an origin",
                ],
                &variables,
            ),
            "https://",
        ),
    ];
    for (at, (output, words)) in refused.iter().enumerate() {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "case {at}: {said}");
        // The address of the first case may be left out of the words: any words do.
        assert!(said.starts_with("perfally: ") && (at == 0 || said.contains(words)), "case {at}: {said}");
        assert!(output.stdout.is_empty(), "case {at}");
    }
    database.drop().await;
}

#[tokio::test]
async fn migrate_brings_an_empty_database_up_to_date_and_does_nothing_twice() {
    let database = Database::new().await;
    let folder = Folder::new();
    let data = folder.path("data");
    let variables = [("DATABASE_URL", database.url.as_str()), ("PERFALLY_DATA", data.to_str().unwrap())];
    for _ in 0..2 {
        assert_eq!(json(&run(&["migrate"], &variables))["migrated"], true);
    }
    assert_eq!(database.number("select count(*) from users").await, 0);
    database.drop().await;
}
