//! A sketch as bytes.

use super::{SketchError, Tally, ViewSketch, Weight};

/// First byte of every encoded sketch.
const FORMAT: u8 = 1;

/// Most page views that an encoded sketch may claim: four thousand million.
const MOST_VIEWS: u64 = 1 << 32;

impl ViewSketch {
    /// Variable-length integers (LEB128): the format byte, the page views' tally, then for each
    /// vital its tally, ratings, number of buckets, and buckets as distance from the one before
    /// (zigzag) and weight. A vital without values is one zero byte.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        write_tally(&mut bytes, &self.tally);
        for sketch in &self.vitals {
            write(&mut bytes, sketch.buckets.len() as u64);
            if sketch.buckets.is_empty() {
                continue;
            }
            write_tally(&mut bytes, &sketch.tally);
            write(&mut bytes, sketch.good);
            write(&mut bytes, sketch.needs_improvement);
            let mut before = 0i64;
            for (&at, &amount) in &sketch.buckets {
                let distance = i64::from(at) - before;
                write(&mut bytes, ((distance << 1) ^ (distance >> 63)) as u64);
                write(&mut bytes, amount);
                before = i64::from(at);
            }
        }
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, SketchError> {
        let (&format, mut rest) = bytes.split_first().ok_or(SketchError::Damaged)?;
        if format != FORMAT {
            return Err(SketchError::Format);
        }
        let mut sketch = Self { tally: read_tally(&mut rest)?, ..Self::default() };
        for vital in &mut sketch.vitals {
            let buckets = read(&mut rest)?;
            if buckets == 0 {
                continue;
            }
            vital.tally = read_tally(&mut rest)?;
            vital.good = read(&mut rest)?;
            vital.needs_improvement = read(&mut rest)?;
            let mut at = 0i64;
            let mut weight = 0u64;
            for index in 0..buckets {
                let zigzag = read(&mut rest)?;
                let distance = ((zigzag >> 1) as i64) ^ -((zigzag & 1) as i64);
                let amount = read(&mut rest)?;
                at = at.checked_add(distance).ok_or(SketchError::Damaged)?;
                weight = weight.checked_add(amount).ok_or(SketchError::Damaged)?;
                if amount == 0 || (index > 0 && distance <= 0) {
                    return Err(SketchError::Damaged);
                }
                vital.buckets.insert(i32::try_from(at).map_err(|_| SketchError::Damaged)?, amount);
            }
            let rated = vital.good.checked_add(vital.needs_improvement);
            if weight != vital.tally.weight
                || rated.is_none_or(|rated| rated > weight)
                || vital.tally.count > sketch.tally.count
            {
                return Err(SketchError::Damaged);
            }
        }
        if rest.is_empty() { Ok(sketch) } else { Err(SketchError::Damaged) }
    }
}

fn write_tally(bytes: &mut Vec<u8>, tally: &Tally) {
    write(bytes, tally.count);
    write(bytes, tally.weight);
    write(bytes, (tally.weight_squared >> 64) as u64);
    write(bytes, tally.weight_squared as u64);
}

fn read_tally(bytes: &mut &[u8]) -> Result<Tally, SketchError> {
    let (count, weight) = (read(bytes)?, read(bytes)?);
    let weight_squared = (u128::from(read(bytes)?) << 64) | u128::from(read(bytes)?);
    // Each page view weighs 1,000 to `Weight::MOST`. More than `MOST_VIEWS` would overflow when
    // merged; no row counts as many.
    let weights = u128::from(weight);
    let fits = count <= MOST_VIEWS
        && (u128::from(count) * 1_000..=u128::from(count) * u128::from(Weight::MOST)).contains(&weights)
        && (weights * 1_000..=weights * u128::from(Weight::MOST)).contains(&weight_squared);
    if fits { Ok(Tally { count, weight, weight_squared }) } else { Err(SketchError::Damaged) }
}

fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> Result<u64, SketchError> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(SketchError::Damaged)?;
        *bytes = rest;
        if shift == 63 && byte > 1 {
            return Err(SketchError::Damaged);
        }
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(SketchError::Damaged)
}
