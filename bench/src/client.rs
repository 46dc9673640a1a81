//! A small HTTP/1.1 client on bare sockets: requests are bytes that were made before, answers
//! are read no further than needed. It must cost little, because it shares the machine with
//! what it measures.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::generator::Beacon;

/// Bytes of an answer's head at most.
const MAX_HEAD: usize = 16 << 10;

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// Status line and headers as they came.
    pub head: Vec<u8>,
    pub body: Vec<u8>,
    /// From when the request was sent to when the first byte came.
    pub first_byte: Duration,
}

impl Answer {
    /// The first header of this name, in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// All headers of this name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = std::str::from_utf8(&self.head).unwrap_or_default().split("\r\n");
        lines
            .filter_map(|line| line.split_once(':'))
            .filter(move |(of, _)| of.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    /// What came and was not read yet; empty between requests.
    buffer: Vec<u8>,
    /// The server said that it will close.
    closing: bool,
}

/// A beacon as it goes over the wire: head and body.
pub fn request(address: SocketAddr, beacon: &Beacon) -> Vec<u8> {
    let user_agent = beacon.user_agent.map(|agent| format!("user-agent: {agent}\r\n")).unwrap_or_default();
    let head = format!(
        "POST /api/beacon HTTP/1.1\r\nhost: {address}\r\ncontent-type: text/plain;charset=UTF-8\r\norigin: {}\r\n{user_agent}content-length: {}\r\n\r\n",
        beacon.origin,
        beacon.body.len()
    );
    [head.as_bytes(), &beacon.body].concat()
}

/// A page or an operator's address.
pub fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    get_with(address, path, &[("accept", "*/*")])
}

/// The same with these headers.
pub fn get_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n").into_bytes()
}

/// A form of our own pages, posted.
pub fn post_form(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\naccept: text/html\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4 << 10), closing: false })
    }

    /// Whether the server said that it will close: another request would get no answer.
    pub const fn is_closing(&self) -> bool {
        self.closing
    }

    /// Sends a whole request and reads the whole answer. After an error the connection is of
    /// no use, and whether the request was heard is not known.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<Answer> {
        let sent = Instant::now();
        self.stream.write_all(request).await?;
        self.buffer.clear();
        self.more().await?;
        let first_byte = sent.elapsed();
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(malformed("the answer's head is too long"));
            }
            self.more().await?;
        };
        let Head { status, length, retry_after, closing } = Head::read(&self.buffer[..end])?;
        self.closing |= closing;
        let body = match length {
            Length::Known(length) => {
                while self.buffer.len() < end + length {
                    self.more().await?;
                }
                self.buffer[end..end + length].to_vec()
            }
            Length::InPieces => self.pieces(end).await?,
            Length::UntilClosed => {
                self.closing = true;
                while self.stream.read_buf(&mut self.buffer).await? > 0 {}
                self.buffer[end..].to_vec()
            }
        };
        Ok(Answer { status, retry_after, head: self.buffer[..end].to_vec(), body, first_byte })
    }

    /// A body that comes in pieces, each with its length before it; the last is empty.
    async fn pieces(&mut self, mut at: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                match find(&self.buffer[at..], b"\r\n") {
                    Some(line) => break line,
                    None => self.more().await?,
                }
            };
            let length = std::str::from_utf8(&self.buffer[at..at + line])
                .ok()
                .and_then(|text| usize::from_str_radix(text.split(';').next()?.trim(), 16).ok())
                .ok_or_else(|| malformed("a piece without a length"))?;
            at += line + 2;
            while self.buffer.len() < at + length + 2 {
                self.more().await?;
            }
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[at..at + length]);
            at += length + 2;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::Error::new(ErrorKind::UnexpectedEof, "the connection ended within an answer")),
            _ => Ok(()),
        }
    }
}

enum Length {
    Known(usize),
    InPieces,
    UntilClosed,
}

struct Head {
    status: u16,
    length: Length,
    retry_after: Option<u32>,
    closing: bool,
}

impl Head {
    fn read(head: &[u8]) -> io::Result<Self> {
        let text = std::str::from_utf8(head).map_err(|_| malformed("the answer's head is no text"))?;
        let mut lines = text.split("\r\n");
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(|| malformed("no status"))?;
        let (mut length, mut retry_after, mut closing, mut in_pieces) = (None, None, false, false);
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().ok();
            } else if name.eq_ignore_ascii_case("retry-after") {
                retry_after = value.parse().ok();
            } else if name.eq_ignore_ascii_case("connection") {
                closing = value.eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                in_pieces = true;
            }
        }
        let length = match (status, length) {
            (204 | 304, _) => Length::Known(0),
            _ if in_pieces => Length::InPieces,
            (_, Some(length)) => Length::Known(length),
            (_, None) => Length::UntilClosed,
        };
        Ok(Self { status, length, retry_after, closing })
    }
}

fn malformed(words: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, words)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_case_of_its_names() {
        let head = Head::read(
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nRETRY-AFTER: 2\r\nconnection: close\r\n\r\n",
        )
        .unwrap();
        assert_eq!((head.status, head.retry_after, head.closing), (503, Some(2), true));
        assert!(matches!(head.length, Length::Known(12)));
        assert!(Head::read(b"garbage\r\n\r\n").is_err());
    }

    #[tokio::test]
    async fn answers_are_read_to_their_end_and_the_connection_goes_on() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut scrap = [0u8; 1_024];
            for answer in [
                "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nwrong",
                "HTTP/1.1 200 OK\r\nset-cookie: a=1; Path=/\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nin p\r\n5;x=y\r\niece\n\r\n0\r\n\r\n",
                "HTTP/1.1 20",
            ] {
                assert!(stream.read(&mut scrap).await.unwrap() > 0);
                for byte in answer.as_bytes() {
                    stream.write_all(&[*byte]).await.unwrap();
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        let request = get(address, "/");
        assert_eq!(connection.send(&request).await.unwrap().status, 202);
        let refused = connection.send(&request).await.unwrap();
        assert_eq!((refused.status, refused.body.as_slice()), (400, &b"wrong"[..]));
        let pieces = connection.send(&request).await.unwrap();
        assert_eq!((pieces.header("set-cookie"), pieces.body.as_slice()), (Some("a=1; Path=/"), &b"in piece\n"[..]));
        assert_eq!(connection.send(&request).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        server.await.unwrap();
    }
}
