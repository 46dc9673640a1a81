//! A mail server that answers as it is told.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

/// What the server does with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accept,
    /// This code to `RCPT TO`.
    Receiver(u16),
    /// This code after the letter.
    Data(u16),
    /// The letter is taken and the line cut before the answer.
    HangUp,
    /// This code to the greeting of the client, as 421 when it is too busy.
    Greeting(u16),
}

/// A letter as the server got it.
#[derive(Debug, Clone)]
pub struct Received {
    pub to: Vec<String>,
    pub data: String,
}

pub struct StandIn {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    _accepting: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct State {
    /// Answers to come; then all is accepted.
    script: VecDeque<Answer>,
    received: Vec<Received>,
    /// Letters begun, taken or not.
    tries: u32,
}

impl StandIn {
    pub async fn start(script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { script: script.iter().copied().collect(), ..State::default() }));
        let shared = state.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, shared.clone()));
            }
        });
        Self { address, state, _accepting: AbortOnDropHandle::new(accepting) }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it took, even if it hung up after.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub fn tries(&self) -> u32 {
        self.state.lock().unwrap().tries
    }
}

async fn talk(stream: TcpStream, state: Arc<Mutex<State>>) -> Option<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut say = async |line: &str| writing.write_all(format!("{line}\r\n").as_bytes()).await.ok();
    say("220 stand-in").await?;
    let mut answer = Answer::Accept;
    let mut to = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => {
                let refused = {
                    let mut state = state.lock().unwrap();
                    match state.script.front() {
                        Some(&Answer::Greeting(code)) => {
                            state.script.pop_front();
                            state.tries += 1;
                            Some(code)
                        }
                        _ => None,
                    }
                };
                match refused {
                    Some(code) => say(&format!("{code} not now")).await?,
                    None => say("250-stand-in\r\n250 8BITMIME").await?,
                }
            }
            "MAIL" => {
                to.clear();
                {
                    let mut state = state.lock().unwrap();
                    state.tries += 1;
                    answer = state.script.pop_front().unwrap_or(Answer::Accept);
                }
                say("250 go on").await?;
            }
            "RCPT" => match answer {
                Answer::Receiver(code) => say(&format!("{code} this one no")).await?,
                _ => {
                    to.push(line);
                    say("250 go on").await?;
                }
            },
            "DATA" => {
                say("354 end with a dot").await?;
                let mut data = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    data.push_str(&line);
                    data.push_str("\r\n");
                }
                if let Answer::Data(code) = answer {
                    say(&format!("{code} this one no")).await?;
                    continue;
                }
                state.lock().unwrap().received.push(Received { to: to.clone(), data });
                if answer == Answer::HangUp {
                    return None;
                }
                say("250 taken").await?;
            }
            "QUIT" => {
                say("221 bye").await?;
                return None;
            }
            "RSET" | "NOOP" => say("250 fine").await?,
            _ => say("502 what?").await?,
        }
    }
    Some(())
}
