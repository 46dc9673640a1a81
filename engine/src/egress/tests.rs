//! A hostile server on loopback, names that lie, and what comes of them.

use std::{
    collections::HashMap,
    io::Write as _,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

use super::{Allow, Egress, EgressConfig, Fault, Fetched, Limits, resolver::Resolver};

const LIMITS: Limits = Limits { bytes: 64 << 10, redirects: 3, time: Duration::from_secs(5) };

/// Listens, and counts who comes.
struct Server {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Server {
    async fn new<F>(ip: &str, answer: impl Fn(TcpStream, String) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind((ip, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut asked = vec![0; 4_096];
                    let read = stream.read(&mut asked).await.unwrap_or(0);
                    let _ = answer(stream, String::from_utf8_lossy(&asked[..read]).into_owned()).await;
                });
            }
        });
        Self { address, visits }
    }

    /// Answers everything with these bytes.
    async fn saying(ip: &str, answer: impl Into<Vec<u8>>) -> Self {
        let answer: Vec<u8> = answer.into();
        Self::new(ip, move |mut stream, _| {
            let answer = answer.clone();
            async move {
                stream.write_all(&answer).await?;
                stream.shutdown().await
            }
        })
        .await
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    fn url_by_name(&self, name: &str) -> Url {
        Url::parse(&format!("http://{name}:{}/", self.address.port())).unwrap()
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// A way out that may reach what is listed, and believes these names.
fn egress(allow: &str, names: &[(&str, &[&[&str]])]) -> Egress {
    let parsed = |answers: &&[&[&str]]| -> Vec<Vec<IpAddr>> {
        answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect()).collect()
    };
    let names: HashMap<_, _> = names.iter().map(|(name, answers)| ((*name).to_owned(), parsed(answers))).collect();
    let config = EgressConfig { allow: Allow::parse(allow).unwrap() };
    let own = Url::parse("https://perfally.example").unwrap();
    Egress::with(&config, &own, Resolver::Told(Arc::new(Mutex::new(names)))).unwrap()
}

async fn get(egress: &Egress, url: &Url) -> Result<Fetched, Fault> {
    egress.get(url, LIMITS).await
}

#[tokio::test]
async fn what_is_allowed_is_fetched_and_told_who_asks() {
    let server = Server::new("127.0.0.1", |mut stream, asked| async move {
        stream.write_all(ok(&asked.to_lowercase()).as_bytes()).await
    })
    .await;
    let fetched = get(&egress("127.0.0.1:*", &[]), &server.url("/x")).await.unwrap();
    let asked = String::from_utf8(fetched.body).unwrap();
    assert_eq!((fetched.status, fetched.cut, fetched.url.path()), (200, false, "/x"));
    assert!(asked.contains("perfally; +https://perfally.example"), "{asked}");
    assert!(!asked.contains("cookie") && !asked.contains("authorization") && !asked.contains("referer"), "{asked}");
}

#[tokio::test]
async fn an_address_that_is_not_public_is_not_even_knocked_at() {
    let server = Server::saying("127.0.0.1", ok("secret")).await;
    let port = server.address.port();
    let nowhere = egress("", &[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",
        "169.254.169.254",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "[fd00::1]",
    ] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        assert_eq!(get(&nowhere, &url).await.unwrap_err(), Fault::NotAllowed, "{host}");
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        assert_eq!(get(&nowhere, &url).await.unwrap_err(), Fault::NotAllowed, "{host} at 80");
    }
    assert_eq!(server.visits(), 0);
}

#[tokio::test]
async fn a_name_is_what_its_addresses_are_all_of_them() {
    let server = Server::saying("127.0.0.1", ok("secret")).await;
    let names: &[(&str, &[&[&str]])] = &[
        ("inside.example", &[&["127.0.0.1"]]),
        ("metadata.example", &[&["169.254.169.254"]]),
        ("both.example", &[&["1.1.1.1", "10.0.0.1"]]),
        ("mapped.example", &[&["::ffff:127.0.0.1"]]),
    ];
    let nowhere = egress("", names);
    for (name, _) in names {
        let url = Url::parse(&format!("http://{name}/")).unwrap();
        assert_eq!(get(&nowhere, &url).await.unwrap_err(), Fault::NotAllowed, "{name}");
    }
    assert_eq!(get(&nowhere, &server.url_by_name("inside.example")).await.unwrap_err(), Fault::NotAllowed);
    assert_eq!(get(&nowhere, &Url::parse("http://no.example/").unwrap()).await.unwrap_err(), Fault::NoSuchName);
    assert_eq!(server.visits(), 0);
    let known = egress("inside.example:*", names);
    assert_eq!(get(&known, &server.url_by_name("inside.example")).await.unwrap().body, b"secret");
}

#[tokio::test]
async fn only_plain_addresses_of_the_web_are_asked() {
    let any = egress("127.0.0.1:*", &[]);
    for url in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://u:p@127.0.0.1/",
        "http://u@127.0.0.1/",
    ] {
        assert_eq!(get(&any, &Url::parse(url).unwrap()).await.unwrap_err(), Fault::NoWebAddress, "{url}");
    }
    let public = egress("", &[("shop.example", &[&["1.1.1.1"]])]);
    for url in ["http://shop.example:22/", "http://shop.example:6379/", "https://1.1.1.1:8443/"] {
        assert_eq!(get(&public, &Url::parse(url).unwrap()).await.unwrap_err(), Fault::NotAllowed, "{url}");
    }
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_judged_anew() {
    let inside = Server::saying("127.0.0.2", ok("secret")).await;
    for to in [
        inside.url("/").to_string(),
        format!("//{}/", inside.address),
        inside.url_by_name("inside.example").to_string(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:169.254.169.254]/".to_owned(),
    ] {
        let outside = Server::saying("127.0.0.1", redirect(&to)).await;
        let egress = egress("127.0.0.1:*", &[("inside.example", &[&["127.0.0.2"]])]);
        assert_eq!(get(&egress, &outside.url("/")).await.unwrap_err(), Fault::NotAllowed, "{to}");
    }
    for (to, fault) in [("file:///etc/passwd", Fault::NoWebAddress), ("http://u:p@127.0.0.1/", Fault::NoWebAddress)] {
        let outside = Server::saying("127.0.0.1", redirect(to)).await;
        assert_eq!(get(&egress("127.0.0.1:*", &[]), &outside.url("/")).await.unwrap_err(), fault, "{to}");
    }
    assert_eq!(inside.visits(), 0);
}

#[tokio::test]
async fn redirects_are_followed_and_end() {
    let server = Server::new("127.0.0.1", |mut stream, asked| async move {
        let hop: u32 = asked.split(['/', ' ']).nth(2).and_then(|hop| hop.parse().ok()).unwrap_or(0);
        let answer = if hop == 0 { ok("there") } else { redirect(&format!("/{}", hop - 1)) };
        stream.write_all(answer.as_bytes()).await
    })
    .await;
    let egress = egress("127.0.0.1:*", &[]);
    let fetched = get(&egress, &server.url("/3")).await.unwrap();
    assert_eq!((fetched.body.as_slice(), fetched.url.path()), (b"there".as_slice(), "/0"));
    assert_eq!(get(&egress, &server.url("/4")).await.unwrap_err(), Fault::TooManyRedirects);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_taken_at_its_first_word() {
    let first = Server::saying("127.0.0.1", ok("first")).await;
    let listener = TcpListener::bind(("127.0.0.2", first.address.port())).await.expect("the same port");
    let knocked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&knocked);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    // Judged as 127.0.0.1, and 127.0.0.2 for whoever would ask again.
    let egress = egress("127.0.0.1:*", &[("turning.example", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    assert_eq!(get(&egress, &first.url_by_name("turning.example")).await.unwrap().body, b"first");
    assert_eq!(get(&egress, &first.url_by_name("turning.example")).await.unwrap_err(), Fault::NotAllowed);
    assert_eq!((first.visits(), knocked.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn a_redirect_back_to_a_name_that_turned_is_refused() {
    let server = Server::saying("127.0.0.1", redirect("/again")).await;
    let egress = egress("127.0.0.1:*", &[("turning.example", &[&["127.0.0.1"], &["10.0.0.1"]])]);
    assert_eq!(get(&egress, &server.url_by_name("turning.example")).await.unwrap_err(), Fault::NotAllowed);
    assert_eq!(server.visits(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let server = Server::new("127.0.0.1", |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
        while stream.write_all(&[b'x'; 16 << 10]).await.is_ok() {}
        stream.shutdown().await
    })
    .await;
    let fetched = get(&egress("127.0.0.1:*", &[]), &server.url("/")).await.unwrap();
    assert!(fetched.cut && fetched.body.len() == LIMITS.bytes);
}

#[tokio::test]
async fn a_compressed_answer_is_bounded_by_what_it_becomes() {
    // 64 MiB of zeroes in a few kilobytes.
    let mut bomb = brotli_of_zeroes(64 << 20);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: {}\r\n\r\n", bomb.len());
    let mut answer = head.into_bytes();
    assert!(bomb.len() < LIMITS.bytes);
    answer.append(&mut bomb);
    let server = Server::saying("127.0.0.1", answer).await;
    let fetched = get(&egress("127.0.0.1:*", &[]), &server.url("/")).await.unwrap();
    assert!(fetched.cut && fetched.body.len() == LIMITS.bytes && fetched.body.iter().all(|byte| *byte == 0));
}

fn brotli_of_zeroes(bytes: usize) -> Vec<u8> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4_096, 5, 22);
    let zeroes = vec![0; 1 << 20];
    for _ in 0..bytes / zeroes.len() {
        writer.write_all(&zeroes).unwrap();
    }
    writer.into_inner()
}

#[tokio::test]
async fn who_answers_slowly_or_never_is_left() {
    let limits = Limits { time: Duration::from_millis(600), ..LIMITS };
    let drips = |head: &'static str| {
        Server::new("127.0.0.1", move |mut stream, _| async move {
            stream.write_all(head.as_bytes()).await?;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            stream.shutdown().await
        })
    };
    for head in ["", "HTTP/1.1 200 OK\r\nx-drip: ", "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"] {
        let server = drips(head).await;
        let began = Instant::now();
        let fault = egress("127.0.0.1:*", &[]).get(&server.url("/"), limits).await.unwrap_err();
        assert!(matches!(fault, Fault::TooSlow | Fault::Broken), "{head:?}: {fault}");
        assert!(began.elapsed() < Duration::from_secs(4), "{head:?}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let egress = egress("127.0.0.1:*", &[]);
    let garbage = Server::saying("127.0.0.1", "SSH-2.0-OpenSSH_9.2\r\n").await;
    assert_eq!(get(&egress, &garbage.url("/")).await.unwrap_err(), Fault::Broken);
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", gone.local_addr().unwrap())).unwrap();
    drop(gone);
    assert_eq!(get(&egress, &url).await.unwrap_err(), Fault::NoConnection);
    // Not TLS at all where TLS was expected.
    let mut secure = garbage.url("/");
    secure.set_scheme("https").unwrap();
    assert!(matches!(get(&egress, &secure).await.unwrap_err(), Fault::Certificate | Fault::NoConnection));
}
