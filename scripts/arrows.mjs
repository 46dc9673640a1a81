// The rules of the house that a machine can hold: which crate may know which, which room may call which,
// where SQL stands, what never comes into the browser. Pure functions over a picture of the repository, so that
// arrows.test.mjs can show each of them a violation; check-arrows.sh takes the picture.
//
// A picture: { files: Map(path → text), trees: { domain, engine, frontend, features }, packages: [cargo metadata's] }.
// A fault: { where, what, todo }.

/** Rooms may call what stands on a lower floor, or the room itself. Floors from the ground up. */
const floors = [
  ["jobs", "db", "mail", "egress", "config", "error", "clock"],
  ["accounts"],
  ["billing"],
  ["projects"],
  ["rum", "audits"],
  ["explanations", "alerts", "integrations"],
  ["reports"],
];
const ground = new Set(floors[0]);
/** config.rs puts the rooms' own settings together, and reactions.rs carries facts between them: they may name every room. */
const aboveAll = new Set(["config", "reactions", "lib"]);
const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map((room) => [room, floor])));

/** Comments and strings blanked, lines kept. Good enough for looking for paths of modules. */
export function code(text) {
  const blank = (found) => found.replace(/[^\n]/g, " ");
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|r(#+)"[\s\S]*?"\1|"(?:\\.|[^"\\])*"/g, blank);
}

const lineOf = (text, at) => text.slice(0, at).split("\n").length;

function* rust(picture, pattern) {
  for (const [path, text] of picture.files) if (path.endsWith(".rs") && pattern.test(path)) yield [path, text];
}

function* matches(text, pattern) {
  for (const found of text.matchAll(pattern)) yield [found, lineOf(text, found.index)];
}

const isTest = (path) => /(^|\/)(tests?|fakes)(\/|\.rs$|_)|_tests?\.rs$/.test(path);

/** The product's half of a file: what stands before its `#[cfg(test)] mod`. */
const product = (text) => text.split(/#\[cfg\(test\)\]\s*(?:pub\s+)?mod\s/)[0];

function crates({ packages }) {
  const faults = [];
  const may = {
    domain: { never: /^(tokio|leptos.*|axum.*|reqwest|engine|app|server|rand|futures.*)$/, why: "domain is rules and words: no I/O, no clocks" },
    app: { never: /^(sqlx.*|reqwest|async-stripe.*|server|lettre)$/, why: "app shows; what it needs done is a verb of engine" },
    engine: { never: /^(leptos.*|axum.*|app|server|tower-sessions)$/, why: "engine knows no page and no HTTP door" },
    server: { never: /^(sqlx.*|async-stripe.*|lettre)$/, why: "server opens doors; rows and outside services are engine's" },
    frontend: { only: /^(app|leptos|wasm-bindgen|console_error_panic_hook)$/, why: "frontend only wakes app" },
  };
  for (const { name, dependencies } of packages) {
    const rule = may[name];
    if (!rule) continue;
    for (const dependency of dependencies) {
      // An optional `sqlx` of domain is derives only.
      if (dependency.kind === "dev" || dependency.kind === "build" || (name === "domain" && dependency.optional)) continue;
      if (rule.never?.test(dependency.name) || (rule.only && !rule.only.test(dependency.name)))
        faults.push({ where: `${name}/Cargo.toml`, what: `depends on ${dependency.name}`, todo: rule.why });
    }
    if (name === "app")
      for (const dependency of dependencies)
        if (/^(engine|charming|leptos_axum|axum|tower-sessions|tokio)$/.test(dependency.name) && !dependency.optional && dependency.kind !== "dev")
          faults.push({ where: "app/Cargo.toml", what: `${dependency.name} is not optional`, todo: "make it optional, behind the feature ssr: the browser must not carry it" });
  }
  return faults;
}

/** What a tree of `cargo tree --prefix none` must not hold. */
function trees({ trees }) {
  const rules = [
    ["domain", /^(tokio|leptos|sqlx|axum|reqwest|hyper) v/m, "domain compiles for the browser and does no I/O"],
    ["engine", /^(leptos|leptos_\w+|axum|axum-core) v/m, "engine knows neither pages nor HTTP doors"],
    ["frontend", /^(engine|sqlx|sqlx-core|tokio|axum|charming|hyper|rustls|leptos_axum) v/m, "the browser's bundle must not carry it; put it behind the feature ssr of app"],
    ["features", /^(?:leptos|app|leptos_meta|leptos_router|reactive_graph|tachys|server_fn|hydration_context) feature "(?:ssr|axum|axum-no-default)"/m, "ssr and hydrate must never meet: every event handler would panic; build frontend alone"],
  ];
  return rules.flatMap(([name, never, todo]) => {
    const found = never.exec(trees[name] ?? "");
    return found ? [{ where: `cargo tree of ${name === "features" ? "frontend (features)" : name}`, what: `holds ${found[0].trim()}`, todo }] : [];
  });
}

function sql(picture) {
  const faults = [];
  for (const [path, text] of rust(picture, /^(domain|engine|app|server)\/src\//)) {
    if (isTest(path)) continue;
    const inStore = /(^|\/)(store|[a-z]+_store)\.rs$|\/store\//.test(path) && path.startsWith("engine/");
    const body = code(product(text));
    if (!inStore)
      for (const [found, line] of matches(body, /\bsqlx::(query\w*|raw_sql)\b|\bQueryBuilder\b|\bquery(?:_as|_scalar)?!\s*\(/g))
        faults.push({ where: `${path}:${line}`, what: `${found[0]} outside a store.rs`, todo: "move the query into the room's store.rs and call it from here" });
    if (path.startsWith("server/") || path.startsWith("app/"))
      for (const [, line] of matches(body, /\bsqlx::/g)) faults.push({ where: `${path}:${line}`, what: "sqlx is engine's", todo: "ask engine for what you need" });
  }
  return faults;
}

/** Names right after `crate::`, also those of `crate::{a::b, c}`. */
function* called(body) {
  for (const [found, line] of matches(body, /\bcrate::(?:(\w+)|\{)/g)) {
    if (found[1]) {
      yield [found[1], line];
      continue;
    }
    let depth = 1;
    let name = "";
    let first = true;
    for (let at = found.index + found[0].length; at < body.length && depth > 0; at++) {
      const c = body[at];
      if (c === "{") depth++;
      else if (c === "}") depth--;
      if (depth === 1 && /\w/.test(c) && first) name += c;
      else if (name) {
        yield [name, lineOf(body, at)];
        name = "";
        first = false;
      }
      if (depth === 1 && c === ",") first = true;
    }
  }
}

function rooms(picture) {
  const faults = [];
  for (const [path, text] of rust(picture, /^engine\/src\//)) {
    const room = /^engine\/src\/(\w+)/.exec(path)[1];
    const own = floorOf.get(room);
    if (own === undefined || aboveAll.has(room) || isTest(path)) continue;
    for (const [other, line] of called(code(product(text)))) {
      const floor = floorOf.get(other);
      if (floor === undefined || other === room || floor < own || (ground.has(room) && ground.has(other))) continue;
      faults.push({
        where: `${path}:${line}`,
        what: `${room} calls ${floor > own ? "up" : "sideways"} to ${other}`,
        todo: "call down only: announce a fact and let reactions.rs carry it to those who listen",
      });
    }
  }
  return faults;
}

function pureDomain(picture) {
  const faults = [];
  const never = [
    [/\basync\s+fn\b|\.await\b/g, "is async", "domain computes; engine waits"],
    [/\b(?:Utc|Local)::now\(|\b(?:SystemTime|Instant)::now\(/g, "reads a clock", "take `now` as an argument"],
    [/\bUuid::(?:now_v7|new_v4)\(|\brand::/g, "makes ids or chance", "engine makes them and hands them in"],
    [/\bstd::(?:fs|net|env|process|thread)\b/g, "does I/O", "engine does it"],
  ];
  for (const [path, text] of rust(picture, /^domain\/src\//)) {
    if (isTest(path)) continue;
    const body = code(product(text));
    for (const [pattern, what, todo] of never) for (const [, line] of matches(body, pattern)) faults.push({ where: `${path}:${line}`, what, todo });
  }
  return faults;
}

function endpoints(picture) {
  const faults = [];
  for (const [path, text] of rust(picture, /^app\/src\//))
    for (const [found, line] of matches(text, /^\s*#\[server(?:\(([\s\S]*?)\))?\]/gm))
      if (!/\bendpoint\s*=/.test(found[1] ?? ""))
        faults.push({ where: `${path}:${line}`, what: "a server function without an endpoint", todo: 'name it: #[server(endpoint = "…")]; the address it gets otherwise depends on the folder it was built in' });
  return faults;
}

function names(picture) {
  const faults = [];
  const vague = /^(utils?|helpers?|common|types|models?|managers?|services?|misc|shared)(\.rs|\.ts|\.mjs)?$/;
  for (const path of picture.files.keys()) {
    const part = path.split("/").find((part) => vague.test(part));
    if (part && /\.(rs|ts|mjs|js|sh)$/.test(path)) faults.push({ where: path, what: `is named ${part}`, todo: "name it by the noun that lives there" });
  }
  return faults;
}

function locks(picture) {
  const faults = [];
  const lock = picture.files.get("Cargo.lock") ?? "";
  const versions = new Map();
  for (const [, name, version] of lock.matchAll(/^name = "([^"]+)"\nversion = "([^"]+)"/gm)) versions.set(name, [...(versions.get(name) ?? []), version]);
  for (const name of ["axum", "axum-core", "sqlx", "sqlx-core", "http", "hyper", "rustls", "reqwest", "tower-sessions-core", "leptos", "wasm-bindgen"]) {
    const found = versions.get(name) ?? [];
    if (found.length > 1) faults.push({ where: "Cargo.lock", what: `${name} is there ${found.length} times: ${found.join(", ")}`, todo: `cargo tree -i ${name}@${found[0]} tells who asks for it; bring all to one version` });
  }
  for (const name of versions.keys())
    if (/^(openssl|openssl-sys|native-tls|aws-lc-rs|aws-lc-sys|aws-lc-fips-sys)$/.test(name))
      faults.push({ where: "Cargo.lock", what: `${name} is there`, todo: `TLS is rustls with ring; cargo tree -i ${name} tells whose default feature brings it` });
  for (const [, source] of lock.matchAll(/^source = "(.*)"/gm))
    if (source !== "registry+https://github.com/rust-lang/crates.io-index") {
      faults.push({ where: "Cargo.lock", what: `comes from ${source}`, todo: "only published crates, by their canonical index" });
      break;
    }
  for (const [path, text] of picture.files)
    if (path.endsWith("package-lock.json") && /"resolved": "(?!file:|\.)/.test(text))
      faults.push({ where: path, what: "names the address of a registry", todo: "npm install --omit-lockfile-registry-resolved (or an .npmrc that says so) and commit the lock file again" });
  return faults;
}

const rules = { crates, trees, sql, rooms, pureDomain, endpoints, names, locks };

export function check(picture) {
  return Object.values(rules).flatMap((rule) => rule(picture));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  // Files of the work tree on standard input, separated by NUL; trees and metadata in the folder that is named.
  const { readFileSync } = await import("node:fs");
  const folder = process.argv[2];
  const read = (name) => readFileSync(`${folder}/${name}`, "utf8");
  const files = new Map();
  for (const path of readFileSync(0, "utf8").split("\0")) {
    if (!/\.(rs|ts|mjs|js|sh)$|(^|\/)(package-lock\.json|Cargo\.lock)$/.test(path)) continue;
    try {
      files.set(path, readFileSync(path, "utf8"));
    } catch {
      // Deleted in the work tree, not yet in the index.
    }
  }
  const faults = check({
    files,
    packages: JSON.parse(read("metadata")).packages,
    trees: Object.fromEntries(["domain", "engine", "frontend", "features"].map((name) => [name, read(name)])),
  });
  for (const { where, what, todo } of faults) console.error(`✗ ${where}: ${what}\n  ${todo}`);
  console.log(`  ${files.size} files, ${Object.keys(rules).length} rules, ${faults.length} faults`);
  process.exitCode = faults.length ? 1 : 0;
}
