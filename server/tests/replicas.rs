//! Two servers on one PostgreSQL: what one is told, the other knows; what is counted, is counted once.

use std::time::{Duration, Instant};

use chrono::Timelike as _;
use domain::{ProjectId, UserId, accounts::Actor, integrations::ApiMode, projects::Grace};
use engine::{accounts, integrations, projects};
use reqwest::header;
use sqlx::{Connection as _, PgConnection};

use crate::world::{Browser, Folder, Program, World, beacon, insistently};

const SHOP: &str = "https://shop.example";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// One in this process, one in another, and a site of Ada's.
struct Replicas {
    one: World,
    other: Program,
    project: ProjectId,
    key: String,
    folder: Folder,
}

impl Replicas {
    async fn new() -> Self {
        let one = World::with(&[("PERFALLY_SECRET", SECRET), ("PERFALLY_RATE_LIMITS", "off")], |_| {}).await;
        let folder = Folder::new();
        let variables = [
            ("DATABASE_URL", one.database.url.as_str()),
            ("PERFALLY_SECRET", SECRET),
            ("PERFALLY_RATE_LIMITS", "off"),
            ("PERFALLY_SPOOL", "off"),
        ];
        let other = Program::serve(&folder, &variables).await;
        one.user("ada@example.com").await;
        let (project, key) = one.project("ada@example.com", SHOP).await;
        Self { one, other, project, key, folder }
    }

    fn urls(&self) -> [String; 2] {
        [self.one.url.clone(), self.other.url.clone()]
    }

    async fn send(&self, url: &str, key: &str) -> reqwest::Response {
        let (client, body) = (reqwest::Client::new(), beacon(key, 1).to_string());
        insistently(async || {
            let request = client.post(format!("{url}/api/beacon")).header(header::ORIGIN, SHOP);
            request.body(body.clone()).send().await.expect("an answer")
        })
        .await
    }

    /// The letters that the other one wrote into its folder.
    fn letters_there(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path("data/mail")).into_iter().flatten().flatten();
        files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .map(|path| std::fs::read_to_string(path).unwrap_or_default())
            .collect()
    }

    async fn ada(&self) -> UserId {
        let mut database = PgConnection::connect(&self.one.database.url).await.expect("a connection");
        let id = sqlx::query_scalar("select id from users where email = 'ada@example.com'");
        UserId(id.fetch_one(&mut database).await.expect("Ada"))
    }

    /// The status that a key's request gets.
    async fn ask(&self, url: &str, key: &str) -> u16 {
        let client = reqwest::Client::new();
        let answer = insistently(async || {
            client.get(format!("{url}/v1/projects")).bearer_auth(key).send().await.expect("an answer")
        });
        answer.await.status().as_u16()
    }

    /// The page group of the page view that came last.
    async fn newest_group(&self) -> String {
        let mut database = PgConnection::connect(&self.one.database.url).await.expect("a connection");
        let newest = sqlx::query_scalar("select page_group from page_views order by at desc limit 1");
        newest.fetch_one(&mut database).await.expect("a page view")
    }

    async fn run(&self, statement: &'static str) {
        let mut database = PgConnection::connect(&self.one.database.url).await.expect("a connection");
        sqlx::query(statement).execute(&mut database).await.expect("a statement");
    }

    async fn stop(mut self) {
        self.other.signal("TERM");
        assert_eq!(self.other.ended(Duration::from_secs(15)).await, Some(Some(0)));
        self.one.stop().await;
    }
}

/// Until it is so; what goes by `notify` takes a moment.
async fn soon(what: &str, is_so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < Duration::from_secs(5), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_signs_in_at_one_is_signed_in_at_the_other_and_out_at_both() {
    let replicas = Replicas::new().await;
    let here = replicas.one.browser();
    here.sign_in("ada@example.com").await;
    let there = Browser::new(&replicas.other.url);
    let nobody = there.get("/projects").await.status();
    assert!(nobody.is_redirection(), "{nobody}");
    there.set_cookie("perfally", &here.cookie("perfally").unwrap());
    assert_eq!(there.get("/projects").await.status(), 200);
    let out = there.call("/api/ui/accounts/sign-out", &[]).await.status();
    assert!(out.is_success() || out.is_redirection(), "{out}");
    let after = here.get("/projects").await.status();
    assert!(after.is_redirection(), "{after}: signed out there, still signed in here");
    replicas.stop().await;
}

#[tokio::test]
async fn a_key_that_is_taken_away_at_one_is_dead_at_the_other_within_moments() {
    let replicas = Replicas::new().await;
    for url in replicas.urls() {
        assert_eq!(replicas.send(&url, &replicas.key).await.status(), 202);
    }
    let engine = replicas.one.engine();
    let new = projects::rotate_site_key(engine, &Actor::System, replicas.project, Grace::None).await.unwrap();
    for url in replicas.urls() {
        soon("the old key still opens", async || replicas.send(&url, &replicas.key).await.status() == 403).await;
        assert_eq!(replicas.send(&url, new.as_str()).await.status(), 202);
    }
    replicas.stop().await;
}

#[tokio::test]
async fn what_a_project_allows_and_how_it_groups_is_changed_at_one_and_heeded_by_the_other_within_moments() {
    let replicas = Replicas::new().await;
    let (engine, project) = (replicas.one.engine(), replicas.project);
    for url in replicas.urls() {
        assert_eq!(replicas.send(&url, &replicas.key).await.status(), 202);
    }
    projects::set_templates(engine, &Actor::System, project, vec!["/product/**".to_owned()]).await.unwrap();
    for url in replicas.urls() {
        soon("page views are grouped as before", async || {
            assert_eq!(replicas.send(&url, &replicas.key).await.status(), 202);
            replicas.newest_group().await == "/product/**"
        })
        .await;
    }
    projects::set_origins(engine, &Actor::System, project, vec!["https://moved.example".to_owned()]).await.unwrap();
    for url in replicas.urls() {
        soon("the old origin still sends", async || replicas.send(&url, &replicas.key).await.status() == 403).await;
    }
    replicas.stop().await;
}

#[tokio::test]
async fn an_api_key_that_is_revoked_at_one_opens_nothing_at_the_other_from_the_next_request_on() {
    let replicas = Replicas::new().await;
    let ada = replicas.ada().await;
    let key = crate::api::key(&replicas.one, ada, ApiMode::Live, &["projects:read"]).await;
    let urls = replicas.urls();
    let ask = async |url: &String| replicas.ask(url, &key).await;
    for url in &urls {
        assert_eq!(ask(url).await, 200);
    }
    let actor = accounts::actor(replicas.one.engine(), Some(ada)).await.unwrap();
    let team = actor.user().unwrap().memberships[0].team;
    let listed = integrations::api_keys(replicas.one.engine(), &actor, team).await.unwrap();
    integrations::revoke_api_key(replicas.one.engine(), &actor, team, listed[0].id).await.unwrap();
    for url in &urls {
        assert_eq!(ask(url).await, 401);
    }
    replicas.stop().await;
}

#[tokio::test]
async fn the_hour_s_requests_are_counted_exactly_for_64_callers_at_both() {
    let replicas = Replicas::new().await;
    let ada = replicas.ada().await;
    let key = crate::api::key(&replicas.one, ada, ApiMode::Live, &["projects:read"]).await;
    let urls = replicas.urls();
    let allowed = domain::billing::Plan::Free.limits().api.requests_per_hour() as usize;
    loop {
        let hour = replicas.one.engine().now().hour();
        replicas.run("delete from api_requests").await;
        let asked = (0..64).map(|nr| replicas.ask(&urls[nr % 2], &key));
        let answers = futures::future::join_all(asked).await;
        if replicas.one.engine().now().hour() == hour {
            let of = |status| answers.iter().filter(|answer| **answer == status).count();
            assert_eq!((of(200), of(429)), (allowed, 64 - allowed), "{answers:?}");
            break;
        }
        // The hour turned meanwhile, and with it the allowance.
    }
    replicas.stop().await;
}

#[tokio::test]
async fn the_month_s_hard_stop_is_exact_on_both_together_and_its_letter_is_written_once() {
    let replicas = Replicas::new().await;
    let [one, other] = replicas.urls();
    for url in [&one, &other] {
        assert_eq!(replicas.send(url, &replicas.key).await.status(), 202);
    }
    assert_eq!(replicas.one.database.number("select used from page_view_months").await, 2);
    let both = async |each: usize| -> (usize, Vec<reqwest::Response>) {
        let sends = (0..2 * each).map(|nr| replicas.send(if nr % 2 == 0 { &one } else { &other }, &replicas.key));
        let (taken, refused): (Vec<_>, Vec<_>) =
            futures::future::join_all(sends).await.into_iter().partition(|answer| answer.status() == 202);
        (taken.len(), refused)
    };
    // Four fifths of the quota are passed by both at about the same time.
    replicas.run("update page_view_months set used = 3990").await;
    assert_eq!(both(16).await.0, 32);
    assert_eq!(replicas.one.database.number("select used from page_view_months").await, 4_022);
    let letters = || {
        let here = replicas.one.engine().mail.sent().len();
        here + replicas.letters_there().len()
    };
    soon("no letter came", async || letters() > 0).await;
    assert_eq!(replicas.one.database.number("select count(*) from jobs where kind = 'send_quota_notice'").await, 0);
    assert_eq!(letters(), 1, "the owner is told once");

    replicas.run("update page_view_months set used = 14970, told_100 = 5000").await;
    let (taken, refused) = both(32).await;
    assert_eq!((taken, refused.len()), (30, 34));
    for answer in refused {
        assert_eq!(answer.status(), 429);
        let wait: u32 = answer.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
        assert!((1..=31 * 86_400).contains(&wait), "{wait}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], "over_quota");
    }
    assert_eq!(replicas.one.database.number("select used from page_view_months").await, 15_000);
    // Every beacon has one outcome.
    let counted = "select sum(count)::bigint from beacon_outcomes where outcome !~ '^(value|bot):'";
    assert_eq!(replicas.one.database.number(counted).await, 2 + 32 + 64);
    replicas.stop().await;
}

#[tokio::test]
async fn a_slot_of_a_periodic_job_is_filled_once_and_every_letter_is_sent_once() {
    let replicas = Replicas::new().await;
    for nr in 0..12 {
        let email = format!("reader-{nr}@example.com");
        accounts::add_user(replicas.one.engine(), &Actor::System, &email, crate::world::PASSWORD).await.unwrap();
        accounts::request_password_reset(replicas.one.engine(), &email, [127, 0, 0, 1].into()).await.unwrap();
    }
    let letters = || {
        let mut to: Vec<String> =
            replicas.one.engine().mail.sent().into_iter().map(|letter| letter.to.to_string()).collect();
        let there = replicas.letters_there();
        to.extend(
            there.iter().filter_map(|text| text.lines().find_map(|line| line.strip_prefix("To: "))).map(str::to_owned),
        );
        to.sort();
        to
    };
    soon("not all letters came", async || letters().len() >= 12).await;
    soon("jobs are left", async || {
        replicas.one.database.number("select count(*) from jobs where kind = 'send_mail'").await == 0
    })
    .await;
    let mut once = letters();
    once.dedup();
    assert_eq!(once.len(), 12);
    assert_eq!(letters().len(), 12, "no letter was sent twice");
    replicas.stop().await;
}
