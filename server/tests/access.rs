//! The registry of who may ask what: every page, every server function, every door and every
//! operation of the API, for nobody, for the owner of another team, and for the owner. An address
//! without an entry fails.

use std::collections::BTreeSet;

use axum::http::Method;
use base64::Engine as _;
use domain::{
    ProjectId, UserId,
    projects::{ShareLifetime, SharedRoom, SharedView},
};
use engine::accounts::{SessionHash, SessionRecord};
use reqwest::header;

use crate::world::{Browser, PASSWORD, World};

/// The answers' statuses for nobody, for somebody of another team, and for the owner.
type Answers = [u16; 3];

/// `{project}` is the owner's, and `{token}` of a link that the owner made.
const PAGES: [(&str, Answers); 28] = [
    ("/", [200, 200, 200]),
    ("/pricing", [200, 200, 200]),
    ("/developers", [200, 200, 200]),
    ("/demo", [200, 200, 200]),
    ("/sign-up", [200, 200, 200]),
    ("/sign-in", [200, 200, 200]),
    ("/forgot-password", [200, 200, 200]),
    ("/reset-password", [200, 200, 200]),
    ("/confirm", [200, 200, 200]),
    ("/share/{token}", [200, 200, 200]),
    ("/share/{token}/view", [200, 200, 200]),
    ("/go", [302, 200, 200]),
    ("/projects", [302, 200, 200]),
    ("/projects/new", [302, 200, 200]),
    ("/projects/{project}", [302, 404, 200]),
    ("/projects/{project}/pages", [302, 404, 200]),
    ("/projects/{project}/health", [302, 404, 200]),
    // Without a page group, there is no such page.
    ("/projects/{project}/pages/view", [302, 404, 422]),
    ("/projects/{project}/fix", [302, 404, 200]),
    ("/projects/{project}/changes", [302, 404, 200]),
    ("/projects/{project}/metrics", [302, 404, 200]),
    ("/projects/{project}/live", [302, 404, 200]),
    ("/projects/{project}/install", [302, 404, 200]),
    ("/projects/{project}/share", [302, 404, 200]),
    ("/projects/{project}/settings", [302, 404, 200]),
    ("/settings/profile", [302, 200, 200]),
    ("/settings/security", [302, 200, 200]),
    ("/settings/api-keys", [302, 200, 200]),
];

type Fields = &'static [(&'static str, &'static str)];

/// Called as our own scripts do. `{project}` is the owner's, `{key}` its site key.
const FUNCTIONS: &[(&str, &str, Fields, Answers)] = &[
    (
        "POST",
        "accounts/sign-up",
        &[("name", "Eve"), ("email", "new@example.com"), ("password", PASSWORD)],
        [200, 200, 200],
    ),
    ("POST", "accounts/sign-in", &[("email", "ada@example.com"), ("password", "not the password")], [422, 422, 422]),
    ("POST", "accounts/sign-out", &[], [200, 200, 200]),
    ("POST", "accounts/forgot-password", &[("email", "nobody@example.com")], [200, 200, 200]),
    ("POST", "accounts/reset-password", &[("token", "guessed"), ("password", PASSWORD)], [422, 422, 422]),
    ("POST", "accounts/confirm", &[("token", "guessed")], [422, 422, 422]),
    ("GET", "accounts/link", &[("kind", "reset"), ("token", "guessed")], [200, 200, 200]),
    ("GET", "accounts/profile", &[], [401, 200, 200]),
    ("POST", "accounts/update-profile", &[("name", "Ada"), ("time_zone", "UTC")], [401, 200, 200]),
    (
        "POST",
        "accounts/change-email",
        &[("email", "x@example.com"), ("current_password", "not the password")],
        [401, 422, 422],
    ),
    (
        "POST",
        "accounts/change-password",
        &[("current_password", "not the password"), ("new_password", PASSWORD)],
        [401, 422, 422],
    ),
    ("GET", "accounts/sessions", &[], [401, 200, 200]),
    ("POST", "accounts/revoke-session", &[("hash_hex", "{session}")], [401, 404, 200]),
    ("POST", "accounts/revoke-other-sessions", &[], [401, 200, 200]),
    ("GET", "integrations/api-keys", &[], [401, 200, 200]),
    (
        "POST",
        "integrations/create-api-key",
        &[
            ("team", "{team}"),
            ("name", "CI"),
            ("mode", "live"),
            ("lifetime", "unlimited"),
            ("scopes[]", "projects:read"),
            ("scopes[]", "vitals:read"),
        ],
        [401, 404, 200],
    ),
    ("POST", "integrations/revoke-api-key", &[("team", "{team}"), ("key", "{api_key}")], [401, 404, 200]),
    ("POST", "theme", &[("theme", "dark")], [200, 200, 200]),
    ("GET", "projects/list", &[], [401, 200, 200]),
    ("POST", "projects/create", &[("name", "Blog"), ("origin", "https://blog.example")], [401, 200, 200]),
    ("POST", "projects/check-site", &[("project", "{project}"), ("page", "")], [401, 404, 200]),
    ("GET", "projects/settings", &[("project", "{project}")], [401, 404, 200]),
    ("POST", "projects/rename", &[("project", "{project}"), ("name", "Mine")], [401, 404, 200]),
    ("POST", "projects/set-origins", &[("project", "{project}"), ("origins", "https://evil.example")], [401, 404, 200]),
    ("POST", "projects/allow-origin", &[("project", "{project}"), ("origin", "https://evil.example")], [401, 404, 200]),
    ("POST", "projects/rotate-key", &[("project", "{project}"), ("grace", "day")], [401, 404, 200]),
    ("POST", "projects/revoke-key", &[("project", "{project}"), ("key", "{key}")], [401, 404, 422]),
    ("POST", "projects/set-templates", &[("project", "{project}"), ("templates", "/product/*")], [401, 404, 200]),
    ("GET", "projects/preview-templates", &[("project", "{project}"), ("templates", "/product/*")], [401, 404, 200]),
    ("POST", "projects/delete", &[("project", "{project}"), ("name", "Shop")], [401, 404, 200]),
    (
        "POST",
        "projects/create-share-link",
        &[("project", "{project}"), ("room", "overview"), ("view", ""), ("name", "Acme"), ("lifetime", "week")],
        [401, 404, 200],
    ),
    ("POST", "projects/revoke-share-link", &[("project", "{project}"), ("link", "{link}")], [401, 404, 200]),
    (
        "GET",
        "rum/figures",
        &[("project", "{project}"), ("demo", "false"), ("view", ""), ("unless", "")],
        [401, 404, 200],
    ),
    ("GET", "rum/segments", &[("project", "{project}"), ("view", "by=country")], [401, 404, 200]),
    ("GET", "rum/health", &[("project", "{project}"), ("view", "")], [401, 404, 200]),
    ("GET", "rum/with-bots", &[("project", "{project}"), ("view", "")], [401, 404, 200]),
    ("GET", "rum/demo", &[], [200, 200, 200]),
];

/// This crate's own doors; but for live views, they ask nobody who they are. `/metrics` is open to
/// this machine.
const DOORS: [(&str, Answers); 9] = [
    ("/healthz", [200, 200, 200]),
    ("/readyz", [200, 200, 200]),
    ("/metrics", [200, 200, 200]),
    ("/api/beacon", [405, 405, 405]),
    ("/beacon.js", [200, 200, 200]),
    ("/b/{hash}/beacon.js", [404, 404, 404]),
    ("/_a/{hash}/{*file}", [404, 404, 404]),
    ("/api/live/{project}", [401, 404, 200]),
    ("/v1/openapi.json", [200, 200, 200]),
];

/// What a program gets for its key: `{project}` is the owner's. The statuses are for no key, for
/// one that was revoked, for one of another team, for one without the scope, for a test key, and
/// for the owner's.
const API: [(&str, [u16; 6]); 5] = [
    ("/v1/projects", [401, 401, 200, 403, 200, 200]),
    ("/v1/projects/{project}", [401, 401, 404, 403, 404, 200]),
    ("/v1/projects/{project}/vitals?metric=lcp", [401, 401, 404, 403, 404, 200]),
    ("/v1/projects/{project}/pageviews", [401, 401, 404, 403, 404, 200]),
    ("/v1/projects/{project}/health", [401, 401, 404, 403, 404, 200]),
];

fn functions() -> impl Iterator<Item = &'static (&'static str, &'static str, Fields, Answers)> {
    FUNCTIONS.iter()
}

/// A browser that somebody is signed in with, and its session's hash.
async fn signed_in(world: &World, user: UserId) -> (Browser, String) {
    let id: i128 = rand::random();
    let mut data = serde_json::Map::new();
    data.insert(SessionRecord::USER.to_owned(), serde_json::json!(user));
    let record = SessionRecord { data, expires_at: world.engine().now() + chrono::TimeDelta::days(1) };
    let hash = SessionHash::of(id);
    assert!(engine::accounts::session_create(world.engine(), &hash, &record).await.unwrap());
    let browser = world.browser();
    browser.set_cookie("perfally", &base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id.to_le_bytes()));
    (browser, hash.to_hex())
}

struct Cast {
    world: World,
    ada: UserId,
    eve: UserId,
}

impl Cast {
    /// Ada, whose things are asked for, and Eve, who asks for them.
    async fn new() -> Self {
        let world = World::with(&[("PERFALLY_RATE_LIMITS", "off"), ("PERFALLY_PLAN", "agency")], |_| {}).await;
        let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
        Self { world, ada, eve }
    }

    /// Ada's team, and the id of a new key of it; one at a time, for there is a limit.
    async fn api_key(&self) -> (String, String) {
        let engine = self.world.engine();
        let ada = engine::accounts::actor(engine, Some(self.ada)).await.unwrap();
        let team = ada.user().unwrap().memberships[0].team;
        for made in engine::integrations::api_keys(engine, &ada, team).await.unwrap() {
            let _ = engine::integrations::revoke_api_key(engine, &ada, team, made.id).await;
        }
        crate::api::key(&self.world, self.ada, domain::integrations::ApiMode::Live, &["projects:read"]).await;
        let made = engine::integrations::api_keys(engine, &ada, team).await.unwrap();
        (team.to_string(), made[0].id.to_string())
    }

    /// A new link to a view of Ada's project: its token and its id.
    async fn share_link(&self, project: ProjectId) -> (String, String) {
        let engine = self.world.engine();
        let ada = engine::accounts::actor(engine, Some(self.ada)).await.unwrap();
        let new = engine::projects::NewShareLink {
            project,
            name: "Acme".to_owned(),
            view: SharedView::new(SharedRoom::Overview, "").unwrap(),
            lifetime: ShareLifetime::Week,
        };
        let token = engine::projects::create_share_link(engine, &ada, &new).await.unwrap();
        let id = engine::projects::open_share_link(engine, &token).await.unwrap().guest.link.to_string();
        (token, id)
    }

    /// Nobody, Eve and Ada, each in a new browser.
    async fn callers(&self) -> [Browser; 3] {
        [self.world.browser(), signed_in(&self.world, self.eve).await.0, signed_in(&self.world, self.ada).await.0]
    }
}

async fn call(browser: &Browser, method: &str, path: &str, fields: &[(&str, String)]) -> (u16, String) {
    let path = format!("/api/ui/{path}");
    let request = match method {
        "GET" => browser.request(Method::GET, &path).query(fields),
        _ => browser.request(Method::POST, &path).form(fields),
    };
    let request = request.header("sec-fetch-site", "same-origin").header(header::ACCEPT, "application/json");
    let answer = browser.send(request).await;
    assert!(answer.headers().contains_key(header::CONTENT_TYPE), "{path} has no content type");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[test]
fn every_page_has_an_entry_and_every_entry_a_page() {
    let pages: BTreeSet<String> =
        leptos_axum::generate_route_list(app::App).iter().map(|listing| listing.path().to_owned()).collect();
    let entries: BTreeSet<String> = PAGES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(pages, entries);
}

#[test]
fn every_server_function_has_an_entry_and_every_entry_a_function() {
    let functions_there: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    let entries: BTreeSet<String> = functions().map(|(method, path, ..)| format!("{method} /api/ui/{path}")).collect();
    assert_eq!(functions_there, entries);
}

#[test]
fn every_door_has_an_entry() {
    let entries: Vec<&str> = DOORS.iter().map(|(path, _)| *path).collect();
    assert_eq!(entries, server::router::DOORS);
}

#[test]
fn every_operation_of_the_api_has_an_entry_and_every_entry_an_operation() {
    let document = server::api::document();
    let operations: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let entries: BTreeSet<&str> = API.iter().map(|(path, _)| path.split('?').next().unwrap()).collect();
    assert_eq!(operations, entries);
}

#[tokio::test]
async fn the_api_answers_each_key_as_the_registry_says() {
    use crate::api::key;
    use domain::integrations::ApiMode::{Live, Test};
    let cast = Cast::new().await;
    let (project, _) = cast.world.project("ada@example.com", "https://shop.example").await;
    let all = ["projects:read", "vitals:read"];
    let revoked = key(&cast.world, cast.ada, Live, &all).await;
    let ada = engine::accounts::actor(cast.world.engine(), Some(cast.ada)).await.unwrap();
    let team = ada.user().unwrap().memberships[0].team;
    let made = engine::integrations::api_keys(cast.world.engine(), &ada, team).await.unwrap();
    engine::integrations::revoke_api_key(cast.world.engine(), &ada, team, made[0].id).await.unwrap();
    let keys = [
        None,
        Some(revoked),
        Some(key(&cast.world, cast.eve, Live, &all).await),
        None,
        Some(key(&cast.world, cast.ada, Test, &all).await),
        Some(key(&cast.world, cast.ada, Live, &all).await),
    ];
    let client = reqwest::Client::new();
    let mut wrong = Vec::new();
    for (pattern, expected) in API {
        let other = if pattern.starts_with("/v1/projects/{project}/") { "projects:read" } else { "vitals:read" };
        let without = key(&cast.world, cast.ada, Live, &[other]).await;
        for (at, expected) in expected.into_iter().enumerate() {
            let shown = if at == 3 { Some(&without) } else { keys[at].as_ref() };
            let ask = async |project: ProjectId| {
                let url = format!("{}{}", cast.world.url, pattern.replace("{project}", &project.to_string()));
                let request = client.get(url);
                let request = if let Some(key) = shown { request.bearer_auth(key) } else { request };
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            let (status, answer) = ask(project).await;
            if status != expected {
                wrong.push(format!("{pattern} for caller {at}: {status} {answer}, not {expected}"));
            }
            // What is another's cannot be told from what does not exist, nor without the scope.
            if matches!(status, 403 | 404) {
                let nothing = ask(ProjectId(uuid::Uuid::now_v7())).await;
                if nothing != (status, answer.clone()) {
                    wrong.push(format!("{pattern} for caller {at}: {answer}, and {nothing:?} for nothing"));
                }
            }
            if status == 200 && at != 5 && answer.contains(&project.to_string()) {
                wrong.push(format!("{pattern} tells caller {at} of the project"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cast.world.stop().await;
}

#[tokio::test]
async fn pages_and_doors_answer_each_caller_as_the_registry_says() {
    let cast = Cast::new().await;
    let (project, _) = cast.world.project("ada@example.com", "https://shop.example").await;
    let (token, _) = cast.share_link(project).await;
    let callers = cast.callers().await;
    let mut wrong = Vec::new();
    for (pattern, expected) in PAGES.iter().chain(&DOORS) {
        let path = pattern
            .replace("{project}", &project.to_string())
            .replace("{token}", &token)
            .replace("{hash}", "ffffffffffff")
            .replace("{*file}", "x");
        for (browser, expected) in callers.iter().zip(expected) {
            let answer = browser.get(&path).await;
            let status = answer.status().as_u16();
            let leads = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
            if status != *expected || leads.as_ref().is_some_and(|to| !to.starts_with("/sign-in?next=")) {
                wrong.push(format!("{pattern}: {status} {leads:?}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cast.world.stop().await;
}

#[tokio::test]
async fn functions_answer_each_caller_as_the_registry_says() {
    let cast = Cast::new().await;
    let mut wrong = Vec::new();
    for (method, path, fields, expected) in functions() {
        // Everything is asked for anew: what one caller does must not be what the next one sees.
        let (project, key) = cast.world.project("ada@example.com", "https://shop.example").await;
        let session = signed_in(&cast.world, cast.ada).await.1;
        let (team, api_key) = cast.api_key().await;
        let (_, link) = cast.share_link(project).await;
        let filled = |project: ProjectId| {
            let fill = |value: &str| {
                let value = value.replace("{team}", &team).replace("{api_key}", &api_key).replace("{link}", &link);
                value.replace("{project}", &project.to_string()).replace("{key}", &key).replace("{session}", &session)
            };
            fields.iter().map(|(name, value)| (*name, fill(value))).collect::<Vec<_>>()
        };
        for (browser, expected) in cast.callers().await.iter().zip(expected) {
            let (status, answer) = call(browser, method, path, &filled(project)).await;
            if status != *expected {
                wrong.push(format!("{method} {path}: {status} {answer}, not {expected}"));
            }
            // What is another's cannot be told from what does not exist.
            if status == 404 {
                let nothing = call(browser, method, path, &filled(ProjectId(uuid::Uuid::now_v7()))).await;
                if nothing != (status, answer.clone()) {
                    wrong.push(format!("{method} {path}: {answer} for another's, {nothing:?} for nothing"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    cast.world.stop().await;
}

#[tokio::test]
async fn what_a_stranger_tries_changes_nothing() {
    let cast = Cast::new().await;
    let (project, key) = cast.world.project("ada@example.com", "https://shop.example").await;
    let (ada, session) = signed_in(&cast.world, cast.ada).await;
    let (team, api_key) = cast.api_key().await;
    let (token, link) = cast.share_link(project).await;
    for (method, path, fields, _) in
        functions().filter(|(method, path, ..)| *method == "POST" && !path.starts_with("accounts/sign-in"))
    {
        let fields: Vec<(&str, String)> = fields
            .iter()
            .map(|(name, value)| {
                (
                    *name,
                    value
                        .replace("{team}", &team)
                        .replace("{api_key}", &api_key)
                        .replace("{link}", &link)
                        .replace("{project}", &project.to_string())
                        .replace("{key}", &key)
                        .replace("{session}", &session),
                )
            })
            .collect();
        for browser in cast.callers().await.iter().take(2) {
            call(browser, method, path, &fields).await;
        }
    }
    // Ada is still signed in, and her project is as it was.
    let (status, answer) = call(&ada, "GET", "projects/settings", &[("project", project.to_string())]).await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer.contains("\"Shop\"") && answer.contains("https://shop.example") && answer.contains(&key),
        "{answer}"
    );
    assert!(!answer.contains("evil.example") && !answer.contains("/product/*"), "{answer}");
    let (_, keys) = call(&ada, "GET", "integrations/api-keys", &[]).await;
    assert_eq!(keys.matches("\"open\"").count(), 1, "{keys}");
    let engine = cast.world.engine();
    assert!(engine::projects::open_share_link(engine, &token).await.is_ok());
    let actor = engine::accounts::actor(engine, Some(cast.ada)).await.unwrap();
    assert_eq!(engine::projects::share_links(engine, &actor, project, 1).await.unwrap().total, 1);
    cast.world.stop().await;
}
