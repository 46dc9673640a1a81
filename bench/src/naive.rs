//! The baseline of ingestion: what one writes first. A beacon is parsed, one row is inserted and committed, and the
//! request is answered. No sketches, no counts, no repeats; a pool of connections, and the same columns and indexes.
//! It runs as a process of its own, so that its cost can be told.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{Result, processes};

/// As many as help: beyond that they wait for each other's commits.
const CONNECTIONS: u32 = 32;

pub struct Naive {
    child: Child,
    address: SocketAddr,
}

impl Naive {
    /// Makes its table in the database, and starts.
    pub async fn start(database: &PgPool, url: &str) -> Result<Self> {
        sqlx::query("create table naive_page_views (like page_views including all)").execute(database).await?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let child = Command::new(std::env::current_exe()?)
            .args(["naive", "--listen", &address.to_string(), "--database", url])
            .stdin(Stdio::null())
            .spawn()?;
        let naive = Self { child, address };
        let began = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                return Err("the naive server did not start".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(naive)
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Of its process alone.
    pub fn cpu_seconds(&self) -> f64 {
        processes::cpu_seconds(&[self.child.id()])
    }
}

impl Drop for Naive {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process: serves until it is killed.
pub async fn serve(listen: SocketAddr, database: &str) -> Result<()> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).min_connections(CONNECTIONS).connect(database).await?;
    let listener = tokio::net::TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let pool = pool.clone();
        // A connection that breaks is the sender's to notice.
        tokio::spawn(async move { talk(stream, &pool).await.ok() });
    }
}

async fn talk(mut stream: TcpStream, pool: &PgPool) -> Result<()> {
    let mut buffer = Vec::with_capacity(4 << 10);
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let length: usize = std::str::from_utf8(&buffer[..head])?
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        while buffer.len() < head + length {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        let beacon: Value = serde_json::from_slice(&buffer[head..head + length])?;
        insert(pool, &beacon).await?;
        buffer.drain(..head + length);
        stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await?;
    }
}

async fn insert(pool: &PgPool, beacon: &Value) -> Result<()> {
    let text = |name: &str| beacon[name].as_str().unwrap_or_default();
    let vital = |name: &str| beacon["vitals"][name].as_f64();
    let part = |of: &str, name: &str| beacon["attr"][of][name].as_f64();
    let word = |of: &str, name: &str| beacon["attr"][of][name].as_str();
    sqlx::query(
        "insert into naive_page_views (project_id, id, at, updated_at, seq, weight, other_keys, url_origin, path, page_group,
             navigation_type, device, browser, os, country, connection, release, referrer, bot, bot_reason,
             lcp, inp, cls, fcp, ttfb, lcp_target, lcp_url, lcp_ttfb, lcp_load_delay, lcp_load_time, lcp_render_delay,
             inp_target, inp_type, inp_input_delay, inp_processing, inp_presentation, inp_script, inp_function,
             cls_target, cls_value)
         values ('00000000-0000-0000-0000-000000000001', $1::uuid, now(), now(), 1, 1000, 0, 'https://shop.example', $2, $2,
             $3, $4, 'Chrome', 'Android', '', $5, $6, $7, 'human', '',
             $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)",
    )
    .bind(uuid::Uuid::parse_str(text("id"))?)
    .bind(text("url"))
    .bind(text("nav"))
    .bind(text("dev"))
    .bind(text("conn"))
    .bind(text("rel"))
    .bind(text("ref"))
    .bind(vital("lcp"))
    .bind(vital("inp"))
    .bind(vital("cls"))
    .bind(vital("fcp"))
    .bind(vital("ttfb"))
    .bind(word("lcp", "target"))
    .bind(word("lcp", "url"))
    .bind(part("lcp", "ttfb"))
    .bind(part("lcp", "load_delay"))
    .bind(part("lcp", "load_time"))
    .bind(part("lcp", "render_delay"))
    .bind(word("inp", "target"))
    .bind(word("inp", "type"))
    .bind(part("inp", "input_delay"))
    .bind(part("inp", "processing"))
    .bind(part("inp", "presentation"))
    .bind(word("inp", "script"))
    .bind(word("inp", "function"))
    .bind(word("cls", "target"))
    .bind(part("cls", "value"))
    .execute(pool)
    .await?;
    Ok(())
}
