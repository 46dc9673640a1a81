// Each rule is shown a violation, and the same thing done well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./arrows.mjs";

const dependency = (name, more = {}) => ({ name, kind: null, optional: false, ...more });

function picture({ files = {}, packages = [], trees = {} } = {}) {
  return { files: new Map(Object.entries(files)), packages, trees };
}

function sees(given, where, what) {
  const faults = check(picture(given));
  assert.ok(
    faults.some((fault) => fault.where.startsWith(where) && fault.what.includes(what) && fault.todo),
    `expected "${what}" at ${where}, saw ${JSON.stringify(faults)}`,
  );
}

const allows = (given) => assert.deepEqual(check(picture(given)), []);

test("a_crate_that_depends_on_what_it_must_not_know_is_seen", () => {
  const crate = (name, ...dependencies) => ({ packages: [{ name, dependencies }] });
  sees(crate("domain", dependency("tokio")), "domain/Cargo.toml", "tokio");
  sees(crate("engine", dependency("leptos")), "engine/Cargo.toml", "leptos");
  sees(crate("engine", dependency("axum")), "engine/Cargo.toml", "axum");
  sees(crate("app", dependency("sqlx")), "app/Cargo.toml", "sqlx");
  sees(crate("app", dependency("async-stripe-billing")), "app/Cargo.toml", "async-stripe-billing");
  sees(crate("app", dependency("engine")), "app/Cargo.toml", "not optional");
  sees(crate("server", dependency("sqlx")), "server/Cargo.toml", "sqlx");
  sees(crate("frontend", dependency("domain")), "frontend/Cargo.toml", "domain");
  allows(crate("domain", dependency("sqlx", { optional: true }), dependency("rand", { kind: "dev" })));
  allows(crate("app", dependency("engine", { optional: true }), dependency("leptos")));
  allows(crate("server", dependency("sqlx", { kind: "dev" }), dependency("axum")));
  allows(crate("frontend", dependency("app"), dependency("leptos")));
});

test("a_tree_that_reaches_what_the_crate_must_not_know_is_seen", () => {
  sees({ trees: { domain: "domain v0.1.0\ntokio v1.54.0\n" } }, "cargo tree of domain", "tokio");
  sees({ trees: { engine: "engine v0.1.0\naxum v0.8.9\n" } }, "cargo tree of engine", "axum");
  sees({ trees: { frontend: "frontend v0.1.0\ncharming v0.6.0\n" } }, "cargo tree of frontend", "charming");
  sees({ trees: { features: 'frontend v0.1.0\nleptos feature "ssr"\n' } }, "cargo tree of frontend", "ssr");
  sees({ trees: { features: 'app feature "ssr" (command-line)\n' } }, "cargo tree of frontend", "ssr");
  allows({ trees: { domain: "serde v1.0.0\n", features: 'leptos feature "hydrate"\ntokio-ssr-things v1.0.0\n' } });
});

test("sql_outside_a_store_is_seen", () => {
  const query = 'pub async fn f() { sqlx::query!("select 1"); }';
  sees({ files: { "engine/src/rum/ingest.rs": `\n${query}` } }, "engine/src/rum/ingest.rs:2", "outside a store.rs");
  sees({ files: { "engine/src/rum/read.rs": 'use sqlx::query_as;\n' } }, "engine/src/rum/read.rs:1", "outside a store.rs");
  sees({ files: { "engine/src/rum/read.rs": 'fn f() { query_scalar!("select 1") }\n' } }, "engine/src/rum/read.rs", "outside a store.rs");
  sees({ files: { "server/src/state.rs": "fn f(pool: sqlx::PgPool) {}" } }, "server/src/state.rs:1", "engine's");
  sees({ files: { "app/src/store.rs": query } }, "app/src/store.rs", "outside a store.rs");
  allows({ files: { "engine/src/rum/store.rs": query, "engine/src/accounts/session_store.rs": query } });
  allows({ files: { "server/tests/world.rs": query, "engine/src/rum/read.rs": `// sqlx::query\n#[cfg(test)]\nmod tests { ${query} }` } });
});

test("a_room_that_calls_up_or_sideways_is_seen", () => {
  const room = (path, text) => ({ files: { [`engine/src/${path}`]: text } });
  sees(room("rum/ingest.rs", "use crate::alerts::fire;"), "engine/src/rum/ingest.rs:1", "up to alerts");
  sees(room("rum/mod.rs", "\nfn f() { crate::audits::request() }"), "engine/src/rum/mod.rs:2", "sideways to audits");
  sees(room("accounts/mod.rs", "use crate::{\n    db::Db,\n    projects::{self, store},\n};"), "engine/src/accounts/mod.rs:3", "up to projects");
  sees(room("jobs/mod.rs", "use crate::{error::Error, rum};"), "engine/src/jobs/mod.rs", "up to rum");
  sees(room("mail.rs", "use crate::accounts::Email;"), "engine/src/mail.rs", "up to accounts");
  allows(room("rum/ingest.rs", "use crate::{billing, db::Db, error::Error, jobs, projects::SiteKey, rum::store};"));
  allows(room("reactions.rs", "use crate::{alerts, reports, rum};"));
  allows(room("config.rs", "use crate::rum::RumConfig;"));
  allows(room("rum/mod.rs", "//! Not crate::alerts.\nuse crate::jobs::{self, alerts_like};"));
});

test("a_domain_that_waits_or_reads_a_clock_is_seen", () => {
  sees({ files: { "domain/src/rum/mod.rs": "pub async fn f() {}" } }, "domain/src/rum/mod.rs:1", "async");
  sees({ files: { "domain/src/period.rs": "let now = Utc::now();" } }, "domain/src/period.rs:1", "clock");
  sees({ files: { "domain/src/ids.rs": "Uuid::now_v7()" } }, "domain/src/ids.rs:1", "ids");
  allows({ files: { "domain/src/period.rs": "/// Never Utc::now().\nfn f(now: DateTime<Utc>) {}" } });
});

test("a_server_function_without_an_endpoint_is_seen", () => {
  sees({ files: { "app/src/rum/actions.rs": "#[server]\npub async fn f() {}" } }, "app/src/rum/actions.rs:1", "endpoint");
  sees({ files: { "app/src/rum/actions.rs": '#[server(prefix = "/_f")]\npub async fn f() {}' } }, "app/src/rum/actions.rs:1", "endpoint");
  allows({ files: { "app/src/rum/actions.rs": '#[server(\n    prefix = "/_f",\n    endpoint = "vitals",\n    input = GetUrl,\n)]\npub async fn f() {}' } });
});

test("a_vague_name_is_seen", () => {
  sees({ files: { "engine/src/rum/utils.rs": "" } }, "engine/src/rum/utils.rs", "utils");
  sees({ files: { "app/src/common/mod.rs": "" } }, "app/src/common/mod.rs", "common");
  allows({ files: { "engine/src/rum/sketch.rs": "" } });
});

test("a_second_version_a_foreign_tls_and_an_address_in_a_lock_are_seen", () => {
  const entry = (name, version) => `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n`;
  sees({ files: { "Cargo.lock": entry("http", "0.2.12") + entry("http", "1.3.1") } }, "Cargo.lock", "http is there 2 times");
  sees({ files: { "Cargo.lock": entry("openssl-sys", "0.9.0") } }, "Cargo.lock", "openssl-sys");
  sees({ files: { "Cargo.lock": entry("aws-lc-rs", "1.0.0") } }, "Cargo.lock", "aws-lc-rs");
  sees({ files: { "Cargo.lock": 'source = "git+https://example.com/x"\n' } }, "Cargo.lock", "git+https");
  sees({ files: { "style/package-lock.json": '"resolved": "https://registry.example/a.tgz"' } }, "style/package-lock.json", "address");
  allows({ files: { "Cargo.lock": entry("http", "1.3.1") + entry("rustls", "0.23.0"), "style/package-lock.json": '"version": "1.0.0"' } });
});
