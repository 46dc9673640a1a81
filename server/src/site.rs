//! The files that a build made for browsers, held in memory with their compressed forms.
//!
//! What is built is given out under `/_a/<hash>/`, unchanging; the script also under
//! `/beacon.js`, and for ever under `/b/<its own hash>/beacon.js`.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path as FilePath, PathBuf},
};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::Engine as _;
use bytes::Bytes;
use sha2::{Digest as _, Sha256, Sha384};

use crate::{problem::Problem, state::Server};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Everything that is given out as it is.
pub struct Site {
    /// `/_a/<hash>`
    pub assets: String,
    /// `/b/<hash>/beacon.js`
    pub beacon_path: String,
    /// `sha384-…`
    pub beacon_integrity: String,
    hash: String,
    files: HashMap<String, File>,
    /// Every script that this server ever gave out, by hash: pages hold its integrity.
    beacons: HashMap<String, File>,
    beacon_hash: String,
}

#[derive(Clone)]
struct File {
    content_type: HeaderValue,
    etag: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

#[derive(serde::Deserialize)]
struct SiteJson {
    hash: String,
}

impl Site {
    /// Reads the folder `site`. The script's bytes are kept in `data`, so that their address
    /// goes on working after an upgrade.
    pub fn open(site: &FilePath, data: &FilePath) -> io::Result<Self> {
        let json = fs::read_to_string(site.join("site.json"))?;
        let SiteJson { hash } = serde_json::from_str(&json).map_err(io::Error::other)?;
        let mut files = HashMap::new();
        collect(site, site, &mut files)?;
        let beacon = files
            .get("beacon.js")
            .cloned()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "beacon.js is missing"))?;
        let beacon_hash = short_hash(&beacon.plain);
        let integrity = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(&beacon.plain));
        let mut beacons = keep_beacon(&data.join("beacons"), &beacon_hash, &beacon.plain)?;
        beacons.insert(beacon_hash.clone(), beacon);
        Ok(Self {
            assets: format!("/_a/{hash}"),
            beacon_path: format!("/b/{beacon_hash}/beacon.js"),
            beacon_integrity: format!("sha384-{integrity}"),
            hash,
            files,
            beacons,
            beacon_hash,
        })
    }

    /// Files of the top that browsers and robots ask for by a fixed name.
    pub fn fixed_names(&self) -> Vec<String> {
        let known = |name: &str| {
            let fixed = ["favicon", "apple-touch-icon", "icon"].iter().any(|start| name.starts_with(start));
            !name.contains('/')
                && (fixed || name.ends_with(".webmanifest") || matches!(name, "robots.txt" | "humans.txt"))
                || name.starts_with(".well-known/")
        };
        self.files.keys().filter(|name| known(name)).cloned().collect()
    }
}

/// `GET /_a/{hash}/{*file}`
pub async fn asset(
    State(server): State<Server>,
    Path((hash, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    match server.site.files.get(&name) {
        Some(file) if hash == server.site.hash => file.answer(&headers, FOR_EVER),
        _ => Problem::not_found().answer(&headers),
    }
}

/// `GET /beacon.js`
pub async fn beacon(State(server): State<Server>, headers: HeaderMap) -> Response {
    match server.site.beacons.get(&server.site.beacon_hash) {
        Some(file) => for_everybody(file.answer(&headers, AN_HOUR)),
        None => Problem::not_found().answer(&headers),
    }
}

/// `GET /b/{hash}/beacon.js`
pub async fn pinned_beacon(State(server): State<Server>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    match server.site.beacons.get(&hash) {
        Some(file) => for_everybody(file.answer(&headers, FOR_EVER)),
        None => Problem::not_found().answer(&headers),
    }
}

/// `GET /favicon.svg` and the like.
pub fn fixed(server: &Server, name: &str, headers: &HeaderMap) -> Response {
    match server.site.files.get(name) {
        Some(file) => file.answer(headers, AN_HOUR),
        None => Problem::not_found().answer(headers),
    }
}

/// Pages of every site may load the script, also with an integrity attribute.
fn for_everybody(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert("timing-allow-origin", HeaderValue::from_static("*"));
    response
}

impl File {
    fn read(path: &FilePath) -> io::Result<Self> {
        let plain = Bytes::from(fs::read(path)?);
        let beside = |extension: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(extension);
            fs::read(PathBuf::from(name)).ok().map(Bytes::from)
        };
        Ok(Self { brotli: beside(".br"), gzip: beside(".gz"), ..Self::of(path, plain) })
    }

    fn of(path: &FilePath, plain: Bytes) -> Self {
        let guess = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
        let text = guess.starts_with("text/") || guess == "application/javascript" || guess == "application/json";
        let content_type = if text { format!("{guess}; charset=utf-8") } else { guess.to_owned() };
        let etag = format!("\"{}\"", short_hash(&plain));
        Self {
            content_type: HeaderValue::from_str(&content_type)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
            plain,
            brotli: None,
            gzip: None,
        }
    }

    fn answer(&self, asked: &HeaderMap, cache: HeaderValue) -> Response {
        let known = asked.get(header::IF_NONE_MATCH).is_some_and(|tags| {
            tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.etag))
        });
        let (body, encoding) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(asked, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(asked, "gzip") => (gzip, Some("gzip")),
            _ => (&self.plain, None),
        };
        let mut response =
            if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(body.clone().into()) };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, cache);
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        if let Some(encoding) = encoding.filter(|_| !known) {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// Whether the client takes an encoding, and did not give it a weight of nothing.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let named = pieces.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused =
                pieces.any(|piece| piece.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0)));
            named && !refused
        })
}

fn collect(root: &FilePath, folder: &FilePath, files: &mut HashMap<String, File>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
            continue;
        }
        let compressed = path.extension().is_some_and(|extension| extension == "br" || extension == "gz");
        let name = path.strip_prefix(root).ok().and_then(FilePath::to_str);
        if let Some(name) = name.filter(|name| !compressed && *name != "site.json") {
            files.insert(name.to_owned(), File::read(&path)?);
        }
    }
    Ok(())
}

/// Puts the script into the folder of all that were ever given out, and reads the others.
fn keep_beacon(folder: &FilePath, hash: &str, bytes: &[u8]) -> io::Result<HashMap<String, File>> {
    fs::create_dir_all(folder)?;
    let ours = folder.join(format!("{hash}.js"));
    if !ours.exists() {
        let new = ours.with_extension("new");
        fs::write(&new, bytes)?;
        fs::rename(&new, &ours)?;
    }
    let mut kept = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(hash) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".js")) else { continue };
        let file = File::read(&path)?;
        // A file that was changed would break every page that holds its integrity.
        if short_hash(&file.plain) == hash {
            kept.insert(hash.to_owned(), file);
        }
    }
    Ok(kept)
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_counts_unless_its_weight_is_nothing() {
        let asked =
            |text: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]);
        assert!(accepts(&asked("gzip, deflate, br;q=0.8"), "br"));
        assert!(accepts(&asked("BR"), "br"));
        assert!(!accepts(&asked("gzip, br;q=0"), "br"));
        assert!(!accepts(&asked("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
