//! A sketch as bytes.

use super::{
    SketchError, Tally, ViewSketch, Vital, VitalSketch, Weight,
    bits::{Reader, Writer},
    buckets::{FIRST, LAST, ZERO},
};

/// First byte of an encoded sketch: what follows.
mod format {
    /// Page views of any weight: what each vital counts is told in full, amounts in thousandths.
    pub const MIXED: u8 = 1;
    /// Page views of one weight, told once, and amounts are page views. Written no more.
    pub const EVEN_UNMEASURED: u8 = 2;
    /// The same with the length of each vital's part before it, so that a reader can go past it.
    pub const EVEN: u8 = 3;
}

/// Most page views that an encoded sketch may claim: four thousand million.
const MOST_VIEWS: u64 = 1 << 32;

/// Bits that tell the parameter of the distances' code.
const LOW_BITS: u32 = 4;

impl ViewSketch {
    /// Where all page views weigh the same: the format byte, the weight and the number of page views,
    /// then for each vital the length of its part (0: no values), and in it the number of buckets, the
    /// page views that are good, need improvement and are 0, the first bucket (zigzag), and in bits the
    /// amounts with the distances between. All other integers are of variable length (LEB128).
    ///
    /// Otherwise: the format byte, the page views' tally, then for each vital the number of buckets
    /// (0: no values), its tally, ratings, and buckets as distance from the one before (zigzag) and
    /// weight.
    pub fn encode(&self) -> Vec<u8> {
        match self.tally.even_weight() {
            Some(weight) => self.encode_even(weight),
            None => self.encode_mixed(),
        }
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, SketchError> {
        let mut sketch = Self::default();
        EncodedSketch::open(bytes)?.merge_into(&mut sketch, Vital::ALL)?;
        Ok(sketch)
    }

    fn encode_even(&self, weight: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(192);
        bytes.push(format::EVEN);
        write(&mut bytes, weight);
        write(&mut bytes, self.tally.count);
        let mut part = Vec::with_capacity(64);
        for sketch in &self.vitals {
            part.clear();
            if sketch.tally.count > 0 {
                sketch.write_even(weight, &mut part);
            }
            write(&mut bytes, part.len() as u64);
            bytes.extend_from_slice(&part);
        }
        bytes
    }

    fn encode_mixed(&self) -> Vec<u8> {
        let mut bytes = vec![format::MIXED];
        write_tally(&mut bytes, &self.tally);
        for sketch in &self.vitals {
            let buckets = sketch.buckets.iter().count();
            write(&mut bytes, buckets as u64);
            if buckets == 0 {
                continue;
            }
            write_tally(&mut bytes, &sketch.tally);
            write(&mut bytes, sketch.good);
            write(&mut bytes, sketch.needs_improvement);
            let mut before = 0i64;
            for (at, amount) in sketch.buckets.iter() {
                write(&mut bytes, zigzag(i64::from(at) - before));
                write(&mut bytes, amount);
                before = i64::from(at);
            }
        }
        bytes
    }

    fn decode_mixed(mut rest: &[u8]) -> Result<Self, SketchError> {
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
                let distance = unzigzag(read(&mut rest)?);
                let amount = read(&mut rest)?;
                at = at.checked_add(distance).ok_or(SketchError::Damaged)?;
                weight = weight.checked_add(amount).ok_or(SketchError::Damaged)?;
                if amount == 0 || (index > 0 && distance <= 0) {
                    return Err(SketchError::Damaged);
                }
                vital.buckets.add(believable(at)?, amount);
            }
            let rated = vital.good.checked_add(vital.needs_improvement);
            if weight != vital.tally.weight
                || rated.is_none_or(|rated| rated > weight)
                || vital.tally.count > sketch.tally.count
            {
                return Err(SketchError::Damaged);
            }
        }
        let is_even = |weight| sketch.vitals.iter().all(|vital| vital.is_even(weight));
        if rest.is_empty() && sketch.tally.even_weight().is_none_or(is_even) {
            Ok(sketch)
        } else {
            Err(SketchError::Damaged)
        }
    }

    fn decode_unmeasured(weight: u64, count: u64, mut rest: &[u8]) -> Result<Self, SketchError> {
        let mut sketch = Self { tally: Tally::even(count, weight)?, ..Self::default() };
        for vital in &mut sketch.vitals {
            let Some(buckets) = read(&mut rest)?.checked_sub(1) else { continue };
            rest = vital.merge_even(buckets, rest, weight, count)?;
        }
        if rest.is_empty() { Ok(sketch) } else { Err(SketchError::Damaged) }
    }
}

/// A sketch as bytes, of which each vital can be read by itself.
#[derive(Debug)]
pub struct EncodedSketch<'a>(Parts<'a>);

#[derive(Debug)]
enum Parts<'a> {
    Even { tally: Tally, weight: u64, vitals: [&'a [u8]; Vital::ALL.len()] },
    Whole(Box<ViewSketch>),
}

impl<'a> EncodedSketch<'a> {
    /// Looks at what the bytes hold. A vital whose part is damaged is found so when it is read.
    pub fn open(bytes: &'a [u8]) -> Result<Self, SketchError> {
        let (&format, mut rest) = bytes.split_first().ok_or(SketchError::Damaged)?;
        if format == format::MIXED {
            return Ok(Self(Parts::Whole(Box::new(ViewSketch::decode_mixed(rest)?))));
        }
        if format != format::EVEN && format != format::EVEN_UNMEASURED {
            return Err(SketchError::Format);
        }
        let weight = read(&mut rest)?;
        if !(1_000..=u64::from(Weight::MOST)).contains(&weight) {
            return Err(SketchError::Damaged);
        }
        let count = read(&mut rest)?;
        if format == format::EVEN_UNMEASURED {
            return Ok(Self(Parts::Whole(Box::new(ViewSketch::decode_unmeasured(weight, count, rest)?))));
        }
        let mut vitals: [&[u8]; Vital::ALL.len()] = Default::default();
        for vital in &mut vitals {
            let length = usize::try_from(read(&mut rest)?).map_err(|_| SketchError::Damaged)?;
            (*vital, rest) = rest.split_at_checked(length).ok_or(SketchError::Damaged)?;
        }
        if !rest.is_empty() {
            return Err(SketchError::Damaged);
        }
        Ok(Self(Parts::Even { tally: Tally::even(count, weight)?, weight, vitals }))
    }

    /// Adds the page views, and of the vitals these; on an error a part of them, so that the caller
    /// must drop the sum.
    pub fn merge_into(&self, sum: &mut ViewSketch, vitals: impl IntoIterator<Item = Vital>) -> Result<(), SketchError> {
        sum.tally.merge(match &self.0 {
            Parts::Even { tally, .. } => tally,
            Parts::Whole(sketch) => &sketch.tally,
        });
        vitals.into_iter().try_for_each(|vital| self.merge_vital_into(vital, &mut sum.vitals[vital as usize]))
    }

    /// Adds what is counted of one vital; on an error a part of it.
    pub fn merge_vital_into(&self, vital: Vital, sum: &mut VitalSketch) -> Result<(), SketchError> {
        match &self.0 {
            Parts::Whole(sketch) => sum.merge(sketch.vital(vital)),
            Parts::Even { tally, weight, vitals } => {
                let mut part = vitals[vital as usize];
                if !part.is_empty() {
                    let buckets = read(&mut part)?;
                    if !sum.merge_even(buckets, part, *weight, tally.count)?.is_empty() {
                        return Err(SketchError::Damaged);
                    }
                }
            }
        }
        Ok(())
    }
}

impl VitalSketch {
    /// Of page views that all weigh as much, at least one.
    fn write_even(&self, weight: u64, bytes: &mut Vec<u8>) {
        let buckets = || self.buckets.iter().filter(|(at, _)| *at != ZERO);
        let count = buckets().count() as u64;
        write(bytes, count);
        for amount in [self.good, self.needs_improvement, self.buckets.get(ZERO)] {
            write(bytes, amount / weight);
        }
        let Some((first, _)) = buckets().next() else { return };
        write(bytes, zigzag(i64::from(first)));
        let last = buckets().last().map_or(first, |(at, _)| at);
        // The best parameter is the logarithm of what lies between two neighbours on average.
        let between = (last - first) as u64 / count;
        let low_bits = between.checked_ilog2().unwrap_or(0);
        let mut bits = Writer::new(bytes);
        bits.bits(u64::from(low_bits), LOW_BITS);
        let mut next = first;
        for (at, amount) in buckets() {
            if at > first {
                bits.rice((at - next) as u64, low_bits);
            }
            bits.gamma(amount / weight);
            next = at + 1;
        }
        bits.end();
    }

    /// Adds what [`Self::write_even`] wrote after the number of buckets, of at most `count` page
    /// views; returns what follows. Left in parts on an error.
    fn merge_even<'a>(
        &mut self,
        buckets: u64,
        mut rest: &'a [u8],
        weight: u64,
        count: u64,
    ) -> Result<&'a [u8], SketchError> {
        let (good, needs_improvement, zeros) = (read(&mut rest)?, read(&mut rest)?, read(&mut rest)?);
        let mut all = zeros;
        let mut put = |at: i64, amount: u64| {
            all = all.checked_add(amount).filter(|all| *all <= count).ok_or(SketchError::Damaged)?;
            self.buckets.add(believable(at)?, amount * weight);
            Ok::<_, SketchError>(())
        };
        if buckets > 0 {
            let mut at = unzigzag(read(&mut rest)?);
            let mut bits = Reader::new(rest);
            let low_bits = bits.bits(LOW_BITS) as u32;
            put(at, bits.gamma()?)?;
            for _ in 1..buckets {
                let (between, amount) = bits.rice_and_gamma(low_bits)?;
                let between = i64::try_from(between).map_err(|_| SketchError::Damaged)?;
                at = at.checked_add(between).and_then(|at| at.checked_add(1)).ok_or(SketchError::Damaged)?;
                put(at, amount)?;
            }
            rest = bits.rest()?;
        }
        if all == 0 || all > count || good.checked_add(needs_improvement).is_none_or(|rated| rated > all) {
            return Err(SketchError::Damaged);
        }
        self.buckets.add(ZERO, zeros * weight);
        self.tally.merge(&Tally::even(all, weight)?);
        self.good += good * weight;
        self.needs_improvement += needs_improvement * weight;
        Ok(rest)
    }

    /// Whether it can be of page views that all weigh as much.
    fn is_even(&self, weight: u64) -> bool {
        let amounts = self.buckets.iter().map(|(_, amount)| amount);
        (self.tally.count == 0 || self.tally.even_weight() == Some(weight))
            && amounts.chain([self.good, self.needs_improvement]).all(|amount| amount % weight == 0)
    }
}

impl Tally {
    /// What each page view weighs, if all weigh the same; of none, 1.
    fn even_weight(&self) -> Option<u64> {
        let Some(weight) = self.weight.checked_div(self.count) else { return Some(1_000) };
        // By Cauchy and Schwarz, the squares are as few as that only where all are equal.
        let is_even = weight * self.count == self.weight
            && u128::from(weight).pow(2) * u128::from(self.count) == self.weight_squared;
        is_even.then_some(weight)
    }

    fn even(count: u64, weight: u64) -> Result<Self, SketchError> {
        if count > MOST_VIEWS {
            return Err(SketchError::Damaged);
        }
        Ok(Self { count, weight: count * weight, weight_squared: u128::from(weight).pow(2) * u128::from(count) })
    }
}

/// A bucket that a value can be in; what claims another would need a window without end.
fn believable(at: i64) -> Result<i32, SketchError> {
    i32::try_from(at).ok().filter(|at| *at == ZERO || (FIRST..=LAST).contains(at)).ok_or(SketchError::Damaged)
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    ((number >> 1) as i64) ^ -((number & 1) as i64)
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
