//! What a batch changes in a project's sketches, as bytes: page views that are counted, and those
//! that are taken back, in order.
//!
//! A batch touches hundreds of sketch rows, each for few page views. So it appends what it changes,
//! in one row a project, and `fold` counts many batches at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::rum::{Bot, Device, Granularity, Measured, Vital, Vitals, Weight};

use super::page_view::{Counted, KEYED};
use crate::{Error, Result};

/// First byte: what follows.
const FORMAT: u8 = 1;

/// One page view that is counted or taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub taken_back: bool,
    /// By whole hours: nothing finer is counted.
    pub counted: Counted,
}

/// Gathers changes. Machines are not counted, and make none.
#[derive(Default)]
pub struct Delta<'a> {
    words: HashMap<&'a str, u64>,
    /// In the order of their numbers.
    texts: Vec<&'a str>,
    changes: Vec<u8>,
    count: i32,
}

impl<'a> Delta<'a> {
    pub fn add(&mut self, taken_back: bool, counted: &Counted<&'a str>) {
        if counted.bot != Bot::Human {
            return;
        }
        self.count += 1;
        let device = Device::ALL.into_iter().position(|device| device == counted.device).unwrap_or_default() as u8;
        self.changes.push(u8::from(taken_back) | device << 1);
        write(&mut self.changes, (counted.at.timestamp() / 3_600).unsigned_abs());
        for key in counted.keys {
            let next = self.texts.len() as u64;
            let nr = *self.words.entry(key).or_insert(next);
            if nr == next {
                self.texts.push(key);
            }
            write(&mut self.changes, nr);
        }
        let Measured { vitals, weight } = counted.measured;
        write(&mut self.changes, u64::from(weight.thousandths().unsigned_abs()));
        write(&mut self.changes, u64::from(counted.sample_factor));
        let mask = vitals.reported().fold(0, |mask, (vital, _)| mask | 1 << vital as u8);
        self.changes.push(mask);
        for (_, value) in vitals.reported() {
            self.changes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// How many page views it counts or takes back.
    pub const fn count(&self) -> i32 {
        self.count
    }

    /// The format byte, the words, the changes; integers of variable length (LEB128).
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        write(&mut bytes, self.texts.len() as u64);
        for text in &self.texts {
            write(&mut bytes, text.len() as u64);
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&self.changes);
        bytes
    }
}

/// Reads what [`Delta`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>> {
    read_all(bytes).ok_or_else(|| Error::internal("a delta of sketches that is damaged"))
}

fn read_all(bytes: &[u8]) -> Option<Vec<Change>> {
    let (&FORMAT, mut rest) = bytes.split_first()? else { return None };
    let count = read(&mut rest)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(read(&mut rest)?).ok()?;
        words.push(std::str::from_utf8(take(&mut rest, length)?).ok()?);
    }
    let mut changes = Vec::new();
    while let Some((&head, after)) = rest.split_first() {
        rest = after;
        let at = DateTime::<Utc>::from_timestamp(i64::try_from(read(&mut rest)?).ok()?.checked_mul(3_600)?, 0)?;
        let mut keys: [String; KEYED.len()] = Default::default();
        for key in &mut keys {
            *key = (*words.get(usize::try_from(read(&mut rest)?).ok()?)?).to_owned();
        }
        let weight = Weight::from_thousandths(i32::try_from(read(&mut rest)?).ok()?)?;
        let sample_factor = u16::try_from(read(&mut rest)?).ok()?;
        let mask = take(&mut rest, 1)?[0];
        let mut vitals = Vitals::default();
        for vital in Vital::ALL.into_iter().filter(|vital| mask >> *vital as u8 & 1 == 1) {
            vitals.set(vital, Some(f64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?)));
        }
        changes.push(Change {
            taken_back: head & 1 == 1,
            counted: Counted {
                at,
                device: *Device::ALL.get(usize::from(head >> 1))?,
                keys,
                bot: Bot::Human,
                measured: Measured { vitals, weight },
                sample_factor,
            },
        });
    }
    Some(changes)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

impl Change {
    /// The hour whose sketches it changes.
    pub fn hour(&self) -> DateTime<Utc> {
        Granularity::Hour.floor(self.counted.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(nr: u32) -> Counted {
        let mut vitals = Vitals::default().with(Vital::Lcp, 1_200.5 + f64::from(nr));
        if nr.is_multiple_of(2) {
            vitals.set(Vital::Cls, Some(0.0));
        }
        Counted {
            at: DateTime::from_timestamp(1_795_000_000 / 3_600 * 3_600 + i64::from(nr % 3) * 3_600, 0).unwrap(),
            device: Device::ALL[nr as usize % 3],
            keys: ["/product/*", "NO", "Chrome", "", "4g", "navigate", format!("{nr}").as_str()].map(str::to_owned),
            bot: Bot::Human,
            measured: Measured { vitals, weight: Weight::ONE.times(1 + (nr % 2) as u16 * 9) },
            sample_factor: 1 + (nr % 2) as u16 * 9,
        }
    }

    #[test]
    fn changes_come_back_in_order_and_machines_make_none() {
        let changes: Vec<Change> = (0..40).map(|nr| Change { taken_back: nr % 5 == 4, counted: counted(nr) }).collect();
        let machine = Counted { bot: Bot::Bot, ..counted(7) };
        let mut delta = Delta::default();
        for change in &changes {
            delta.add(change.taken_back, &change.counted.lent());
            delta.add(false, &machine.lent());
        }
        assert_eq!(delta.count(), 40);
        let bytes = delta.encode();
        assert_eq!(decode(&bytes).unwrap(), changes);
        assert!(bytes.len() < 40 * 40, "{} bytes", bytes.len());
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_panic() {
        let mut delta = Delta::default();
        let counted = counted(1);
        delta.add(true, &counted.lent());
        let bytes = delta.encode();
        for cut in 1..bytes.len() {
            let _ = decode(&bytes[..cut]);
            for byte in [0, 1, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[cut] = byte;
                let _ = decode(&damaged);
            }
        }
        assert!(decode(&[]).is_err() && decode(&[9]).is_err() && decode(&bytes[..bytes.len() - 1]).is_err());
    }
}
