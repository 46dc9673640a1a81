//! `payload`: what a browser is sent before a page is whole: WebAssembly, scripts and styles,
//! compressed as the server sends them. Pages and files come from the server; which files a page
//! names is read from its HTML, and what scripts name themselves from their text.

use std::collections::BTreeMap;

use super::Run;
use crate::{Result, history::Report, subject::Subject};

/// Loaded when a chart comes near the viewport, not before.
const WHEN_NEAR: &str = "/chart.js";

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("payload");
    let subject = Subject::start_new(&run.binary).await?;
    if subject.get("/", &[("accept", "text/html")]).await?.status != 200 {
        report.note("skipped", "the site is not built; scripts/site.sh makes it");
        return report.end(&run.history, run.profile());
    }
    let project = subject.add_project("shop")?;
    let cookie = subject.sign_in().await?;
    let dashboard = format!("/projects/{}", project.id);
    let at_rest = ["/", "/developers", "/pricing", "/sign-in"].map(|path| (path.to_owned(), false));
    for (path, is_live) in [(dashboard, true)].into_iter().chain(at_rest) {
        let name = if is_live { "the dashboard's first view" } else { path.as_str() };
        let page = Page::load(&subject, &path, &cookie).await?;
        let [wasm, scripts, styles] = ["wasm", "js", "css"].map(|kind| page.bytes(kind));
        let target = if is_live { "≤ 250 kB" } else { "" };
        report.figure(&format!("{name}: wasm, scripts and styles"), wasm + scripts + styles, "B", target);
        report.figure(&format!("{name}: wasm"), wasm, "B", if is_live { "" } else { "0" });
        report.figure(&format!("{name}: scripts"), scripts, "B", "");
        report.figure(&format!("{name}: styles"), styles, "B", "");
        report.figure(&format!("{name}: the page itself"), page.html, "B", "");
        if is_live {
            report.figure("the chart library, when a chart comes near", page.when_near, "B", "");
        }
    }
    report.end(&run.history, run.profile())
}

/// Bytes as sent.
struct Page {
    html: f64,
    /// By path.
    files: BTreeMap<String, f64>,
    when_near: f64,
}

impl Page {
    async fn load(subject: &Subject, path: &str, cookie: &str) -> Result<Self> {
        let headers = [("accept", "text/html"), ("accept-encoding", "identity"), ("cookie", cookie)];
        let plain = subject.get(path, &headers).await?;
        if plain.status != 200 {
            return Err(format!("{path} was answered {}", plain.status).into());
        }
        let mut wanted = files_named(&String::from_utf8_lossy(&plain.body), path);
        let (mut files, mut when_near) = (BTreeMap::new(), 0.0);
        while let Some(file) = wanted.pop() {
            if files.contains_key(&file) {
                continue;
            }
            let sent = sent(subject, &file).await?;
            if file.ends_with(WHEN_NEAR) {
                when_near = sent;
                continue;
            }
            files.insert(file.clone(), sent);
            if file.ends_with(".js") {
                let plain = subject.get(&file, &[("accept-encoding", "identity")]).await?;
                wanted.extend(files_named(&String::from_utf8_lossy(&plain.body), &file));
            }
        }
        let headers = [("accept", "text/html"), ("accept-encoding", "br"), ("cookie", cookie)];
        Ok(Self { html: subject.get(path, &headers).await?.body.len() as f64, files, when_near })
    }

    fn bytes(&self, kind: &str) -> f64 {
        self.files
            .iter()
            .filter(|(file, _)| file.rsplit('.').next() == Some(kind))
            .map(|(_, bytes)| bytes)
            .fold(0.0, |all, bytes| all + bytes)
    }
}

/// Bytes of a file's body, which must be compressed.
async fn sent(subject: &Subject, file: &str) -> Result<f64> {
    let answer = subject.get(file, &[("accept-encoding", "br")]).await?;
    match (answer.status, answer.header("content-encoding")) {
        (200, Some("br")) => Ok(answer.body.len() as f64),
        (status, encoding) => Err(format!("{file} was answered {status}, encoded {encoding:?}").into()),
    }
}

/// What stands before the name of a file that is loaded for it.
const LOADING: [&str; 7] = ["src=", "href=", "from", "import", "import(", "URL(", "fetch("];

/// The scripts, styles and WebAssembly that a text loads, as paths; what begins with a dot lies beside the text.
fn files_named(text: &str, at: &str) -> Vec<String> {
    let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
    let pieces: Vec<&str> = text.split(['"', '\'', '`']).collect();
    let named = pieces.windows(2).filter(|pair| LOADING.iter().any(|loading| pair[0].trim_end().ends_with(loading)));
    let files = named.map(|pair| pair[1]).filter(|name| {
        matches!(name.rsplit_once('.'), Some((_, "js" | "css" | "wasm"))) && name.starts_with(['/', '.'])
    });
    files
        .map(|file| file.strip_prefix("./").map_or_else(|| file.to_owned(), |file| format!("{folder}/{file}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_where_they_are_named() {
        let html = r#"<link rel="stylesheet" href="/_a/1/style.css"><a href="/pricing">x</a>
            <script type="module">import init from "/_a/1/pkg/frontend.js";fetch("/_a/1/pkg/frontend_bg.wasm")</script>"#;
        let found = files_named(html, "/");
        assert_eq!(found, ["/_a/1/style.css", "/_a/1/pkg/frontend.js", "/_a/1/pkg/frontend_bg.wasm"]);
        assert_eq!(files_named("import('./chart.js')", "/_a/1/chart-loader.js"), ["/_a/1/chart.js"]);
        assert!(files_named("imports={'./frontend_bg.js':glue}; \"/a.js\"", "/").is_empty());
    }
}
