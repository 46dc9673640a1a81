//! One beacon on disk: a frame that says how long it is and what its bytes add up to.
//!
//! `PFs1`, the payload's length and its CRC-32 (both 32 bits, little endian), the payload: the
//! length of a header (32 bits), the header as JSON, and the beacon as it came. What was found out
//! about the visit stands in the header; its address was forgotten before.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    rum::{Bot, Device, DropReason},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{batch::Received, page_view::PageView, wire};

const MAGIC: &[u8; 4] = b"PFs1";
/// Bytes before the payload.
const HEAD: usize = 12;
/// No beacon with its header is longer.
const MAX_PAYLOAD: usize = 2 * wire::MAX_BODY;

/// A beacon that was taken, and its place among those of its writer.
#[derive(Debug, Clone)]
pub struct Frame {
    pub writer: Uuid,
    pub nr: i64,
    pub received: Received,
}

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    writer: Uuid,
    nr: i64,
    #[serde(borrow)]
    what: What<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What<'a> {
    View {
        project: ProjectId,
        at: DateTime<Utc>,
        #[serde(borrow)]
        page_group: Cow<'a, str>,
        device: Device,
        #[serde(borrow)]
        browser: Cow<'a, str>,
        #[serde(borrow)]
        os: Cow<'a, str>,
        #[serde(borrow)]
        country: Cow<'a, str>,
        bot: Bot,
        #[serde(borrow)]
        bot_reason: Cow<'a, str>,
    },
    Refused {
        project: Option<ProjectId>,
        at: DateTime<Utc>,
        reason: DropReason,
        #[serde(borrow)]
        origin: Option<Cow<'a, str>>,
    },
}

/// Appends a frame.
pub fn encode(into: &mut Vec<u8>, writer: Uuid, nr: i64, received: &Received) -> serde_json::Result<()> {
    let (what, body): (What<'_>, &[u8]) = match received {
        Received::View(view) => (
            What::View {
                project: view.project,
                at: view.at,
                page_group: Cow::Borrowed(&view.page_group),
                device: view.device,
                browser: Cow::Borrowed(&view.browser),
                os: Cow::Borrowed(&view.os),
                country: Cow::Borrowed(&view.country),
                bot: view.bot,
                bot_reason: Cow::Borrowed(&view.bot_reason),
            },
            &view.body,
        ),
        Received::Refused { project, reason, origin, at } => (
            What::Refused { project: *project, at: *at, reason: *reason, origin: origin.as_deref().map(Cow::Borrowed) },
            &[],
        ),
    };
    let header = serde_json::to_vec(&Header { writer, nr, what })?;
    let start = into.len();
    into.extend_from_slice(MAGIC);
    into.extend_from_slice(&[0; 8]);
    // Headers are some hundred bytes, bodies at most 64 KiB.
    into.extend_from_slice(&(header.len() as u32).to_le_bytes());
    into.extend_from_slice(&header);
    into.extend_from_slice(body);
    let payload = start + HEAD;
    let (length, sum) = ((into.len() - payload) as u32, crc32fast::hash(&into[payload..]));
    into[start + 4..start + 8].copy_from_slice(&length.to_le_bytes());
    into[start + 8..payload].copy_from_slice(&sum.to_le_bytes());
    Ok(())
}

/// What stands at a place among bytes.
#[derive(Debug)]
pub enum Next {
    /// A whole frame, and where the next one begins.
    Frame { frame: Box<Frame>, end: usize },
    /// Bytes that are no frame, up to where one begins again.
    Corrupt { end: usize },
    /// The last frame was not written whole, or there is none.
    End,
}

/// Reads the frame that begins at `at`.
pub fn next(bytes: &[u8], at: usize) -> Next {
    if at >= bytes.len() {
        return Next::End;
    }
    if let Some(payload) = whole(bytes, at) {
        let end = payload.end;
        return match decode(&bytes[payload]) {
            Some(frame) => Next::Frame { frame: Box::new(frame), end },
            None => Next::Corrupt { end },
        };
    }
    // The length is believed where a frame follows, so that nothing inside a beacon passes for a frame.
    if let Some(payload) = framed(bytes, at)
        && payload.end <= bytes.len()
        && (payload.end == bytes.len() || bytes[payload.end..].starts_with(MAGIC))
    {
        return Next::Corrupt { end: payload.end };
    }
    let after = at + 1..bytes.len().saturating_sub(HEAD);
    after
        .into_iter()
        .find(|&place| bytes[place..].starts_with(MAGIC) && whole(bytes, place).is_some())
        .map_or(Next::End, |end| Next::Corrupt { end })
}

/// Where the payload would be of a frame that begins here, by its own word.
fn framed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let head = bytes.get(at..at + HEAD)?;
    let length = u32::from_le_bytes(head[4..8].try_into().ok()?) as usize;
    (head.starts_with(MAGIC) && length <= MAX_PAYLOAD).then(|| at + HEAD..at + HEAD + length)
}

/// The payload of a frame that is all there and right.
fn whole(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let payload = framed(bytes, at)?;
    let sum = u32::from_le_bytes(bytes[at + 8..at + HEAD].try_into().ok()?);
    (crc32fast::hash(bytes.get(payload.clone())?) == sum).then_some(payload)
}

fn decode(payload: &[u8]) -> Option<Frame> {
    let (length, rest) = payload.split_at_checked(4)?;
    let (header, body) = rest.split_at_checked(u32::from_le_bytes(length.try_into().ok()?) as usize)?;
    let Header { writer, nr, what } = serde_json::from_slice(header).ok()?;
    let received = match what {
        What::Refused { project, at, reason, origin } => {
            Received::Refused { project, reason, origin: origin.map(Cow::into_owned), at }
        }
        What::View { project, at, page_group, device, browser, os, country, bot, bot_reason } => {
            Received::View(Box::new(PageView {
                project,
                at,
                page_group: page_group.into_owned(),
                device,
                browser: browser.into_owned(),
                os: os.into_owned(),
                country: country.into_owned(),
                bot,
                bot_reason: Cow::Owned(bot_reason.into_owned()),
                beacon: wire::decode(body).ok()?,
                body: Bytes::copy_from_slice(body),
            }))
        }
    };
    Some(Frame { writer, nr, received })
}
