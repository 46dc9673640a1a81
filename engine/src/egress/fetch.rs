//! Fetching what is behind an address, from hop to hop.

use std::{
    error::Error as _,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    dns::{Name, Resolve, Resolving},
    header::{self, HeaderMap, HeaderValue},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::{EgressConfig, resolver::Resolver};
use crate::{Error, Result};

/// Fetches under way at once: what waits at others' servers must not hold all of ours.
const AT_ONCE: usize = 8;

/// A connection that is not there by then never is.
const CONNECT: Duration = Duration::from_secs(5);

/// How much of an answer is taken, and how long that may last.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the body, uncompressed; what is longer is cut.
    pub bytes: usize,
    pub redirects: u8,
    /// From the first question to the last byte, over all hops.
    pub time: Duration,
}

/// The answer at the end of all redirects.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub url: Url,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whether the body was longer than what was taken.
    pub cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the address is no plain address of the web")]
    NoWebAddress,
    #[error("the name has no address")]
    NoSuchName,
    #[error("the address is not public, and not allowed")]
    NotAllowed,
    #[error("no connection")]
    NoConnection,
    #[error("the certificate is not trusted")]
    Certificate,
    #[error("it takes too long")]
    TooSlow,
    #[error("too many redirects")]
    TooManyRedirects,
    #[error("the answer cannot be read")]
    Broken,
}

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Shared>);

struct Shared {
    config: EgressConfig,
    resolver: Resolver,
    tls: ClientConfig,
    user_agent: HeaderValue,
    at_once: Semaphore,
}

impl Egress {
    /// `public_url` tells who asks.
    pub fn new(config: &EgressConfig, public_url: &Url) -> Result<Self> {
        Self::with(config, public_url, Resolver::System)
    }

    pub(super) fn with(config: &EgressConfig, public_url: &Url, resolver: Resolver) -> Result<Self> {
        let user_agent = format!("Mozilla/5.0 (compatible; PerfAlly; +{public_url})");
        Ok(Self(Arc::new(Shared {
            config: config.clone(),
            resolver,
            tls: tls()?,
            user_agent: HeaderValue::from_str(&user_agent).map_err(Error::internal)?,
            at_once: Semaphore::new(AT_ONCE),
        })))
    }

    /// What is at `url`, for whoever asks without any credentials.
    pub async fn get(&self, url: &Url, limits: Limits) -> Result<Fetched, Fault> {
        tokio::time::timeout(limits.time, self.follow(url.clone(), limits)).await.unwrap_or(Err(Fault::TooSlow))
    }

    async fn follow(&self, mut url: Url, limits: Limits) -> Result<Fetched, Fault> {
        let _place = self.0.at_once.acquire().await.map_err(|_| Fault::TooSlow)?;
        for _ in 0..=limits.redirects {
            let mut answer = self.ask(&url).await?;
            match next_hop(&url, &answer) {
                Some(next) => url = next?,
                None => {
                    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
                    let (body, cut) = read(&mut answer, limits.bytes).await?;
                    return Ok(Fetched { url, status, headers, body, cut });
                }
            }
        }
        Err(Fault::TooManyRedirects)
    }

    /// One request, to addresses that were judged and to no others: each has a client of its own,
    /// that knows no other name and keeps no connection.
    async fn ask(&self, url: &Url) -> Result<reqwest::Response, Fault> {
        let shared = &*self.0;
        let addresses = self.judged(url).await?;
        let mut client = reqwest::Client::builder()
            .tls_backend_preconfigured(shared.tls.clone())
            // A proxy from the environment would do the resolving, and could reach anything.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(NoOther));
        if let Some(Host::Domain(name)) = url.host() {
            client = client.resolve_to_addrs(name, &addresses);
        }
        let client = client.build().map_err(|_| Fault::NoConnection)?;
        let request = client
            .get(url.clone())
            .header(header::USER_AGENT, shared.user_agent.clone())
            .header(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.5"));
        request.send().await.map_err(|error| fault(&error))
    }

    /// The addresses behind `url`, if every one of them may be reached. One that is an address
    /// already is never asked for again: the connector takes it as it is.
    async fn judged(&self, url: &Url) -> Result<Vec<SocketAddr>, Fault> {
        let plain = url.username().is_empty() && url.password().is_none();
        let (Some(host), Some(port), true) = (url.host(), url.port_or_known_default(), plain && is_web(url)) else {
            return Err(Fault::NoWebAddress);
        };
        let addresses = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(address)],
            Host::Ipv6(address) => vec![IpAddr::V6(address)],
            Host::Domain(name) => self.0.resolver.resolve(name).await,
        };
        if addresses.is_empty() {
            return Err(Fault::NoSuchName);
        }
        let name = url.host_str().unwrap_or_default();
        let permitted = |address: &IpAddr| self.0.config.allow.permits(name, *address, port);
        if addresses.iter().all(permitted) {
            Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
        } else {
            Err(Fault::NotAllowed)
        }
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Knows no name: what was not judged is not found.
struct NoOther;

impl Resolve for NoOther {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err("a name that was not judged".into()) })
    }
}

/// Where a redirect leads.
fn next_hop(url: &Url, answer: &reqwest::Response) -> Option<Result<Url, Fault>> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(header::LOCATION)?;
    let next = location.to_str().ok().and_then(|location| url.join(location).ok());
    Some(next.ok_or(Fault::NoWebAddress))
}

/// The beginning of the body, uncompressed piece by piece, so that a small answer cannot become a
/// large one.
async fn read(answer: &mut reqwest::Response, most: usize) -> Result<(Vec<u8>, bool), Fault> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| fault(&error))? {
        let room = most - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Ok((body, true));
        }
    }
    Ok((body, false))
}

fn fault(error: &reqwest::Error) -> Fault {
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let inner = deeper.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<rustls::Error>()) || deeper.is::<rustls::Error>() {
            return Fault::Certificate;
        }
        cause = deeper.source();
    }
    match error {
        error if error.is_timeout() => Fault::TooSlow,
        error if error.is_connect() => Fault::NoConnection,
        _ => Fault::Broken,
    }
}

/// Trusts what browsers trust, and what this machine's administrator added.
fn tls() -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(Error::internal)?.with_root_certificates(roots).with_no_client_auth())
}
