//! Weight by bucket, and which bucket a value is in.

use std::sync::LazyLock;

use super::SketchError;

/// Relative error of a percentile.
pub(super) const ALPHA: f64 = 0.0099;

/// Below this, values count as 0: a ten-thousandth of a millisecond or of a layout shift.
const SMALLEST: f64 = 1e-4;

/// The bucket of the zeros: below every other.
pub const ZERO: i32 = -1_000;

/// The buckets of all other values: what is larger than any believed value is in the last.
pub const FIRST: i32 = -500;
pub const LAST: i32 = 1_000;

/// Windows begin and end at multiples of so many buckets: they seldom grow, and slices are added in whole registers.
const STEP: i32 = 8;

/// Weight by bucket. What is not zero lies close together in practice: a window over a row of
/// buckets, in which adding is one index and merging is a loop over two slices.
#[derive(Debug, Clone, Default)]
pub struct Buckets {
    zeros: u64,
    /// The bucket of `window[0]`.
    first: i32,
    window: Vec<u64>,
}

impl Buckets {
    pub fn add(&mut self, at: i32, amount: u64) {
        if at == ZERO {
            self.zeros += amount;
            return;
        }
        let place = at.wrapping_sub(self.first) as usize;
        if let Some(here) = self.window.get_mut(place) {
            *here += amount;
        } else {
            self.cover(at, at + 1);
            self.window[(at - self.first) as usize] += amount;
        }
    }

    pub fn subtract(&mut self, at: i32, amount: u64) -> Result<(), SketchError> {
        let here =
            if at == ZERO { Some(&mut self.zeros) } else { self.window.get_mut(at.wrapping_sub(self.first) as usize) };
        let here = here.ok_or(SketchError::NeverAdded)?;
        *here = here.checked_sub(amount).ok_or(SketchError::NeverAdded)?;
        Ok(())
    }

    pub fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        if other.window.is_empty() {
            return;
        }
        self.cover(other.first, other.first + other.window.len() as i32);
        let place = (other.first - self.first) as usize;
        for (mine, theirs) in self.window[place..].iter_mut().zip(&other.window) {
            *mine += theirs;
        }
    }

    /// The weight of one bucket.
    pub fn get(&self, at: i32) -> u64 {
        if at == ZERO {
            return self.zeros;
        }
        self.window.get(at.wrapping_sub(self.first) as usize).copied().unwrap_or(0)
    }

    /// The buckets that hold anything, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        std::iter::once((ZERO, self.zeros))
            .chain((self.first..).zip(self.window.iter().copied()))
            .filter(|(_, n)| *n > 0)
    }

    /// Makes the window reach from `from` up to `to`.
    fn cover(&mut self, from: i32, to: i32) {
        if self.window.is_empty() {
            self.first = from - from.rem_euclid(STEP);
        }
        if from < self.first {
            let first = from - from.rem_euclid(STEP);
            let mut window = vec![0; (self.first - first) as usize];
            window.extend_from_slice(&self.window);
            (self.first, self.window) = (first, window);
        }
        let length = (to + (-to).rem_euclid(STEP) - self.first) as usize;
        if length > self.window.len() {
            self.window.resize(length, 0);
        }
    }
}

/// Equal are those with the same weights, however far their windows reach.
impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Buckets {}

pub(super) fn gamma_ln() -> f64 {
    ((1.0 + ALPHA) / (1.0 - ALPHA)).ln()
}

/// The bucket of a value.
pub fn bucket(value: f64) -> i32 {
    if value < SMALLEST { ZERO } else { EDGES.bucket(value) }
}

/// The definition of [`bucket`] for what is not zero.
fn defined(value: f64) -> i32 {
    ((value.ln() / gamma_ln()).ceil() as i32).clamp(FIRST, LAST)
}

/// The value whose relative distance to both ends of the bucket is `ALPHA`.
pub fn representative(at: i32) -> f64 {
    value_in(at, 1.0) * (1.0 - ALPHA)
}

/// The value at a share (0–1) of the bucket's width, from its lower end, in proportion.
pub fn value_in(at: i32, share: f64) -> f64 {
    if at == ZERO { 0.0 } else { ((f64::from(at) - 1.0 + share) * gamma_ln()).exp() }
}

/// Where buckets end. A logarithm a value would cost more than all else of counting it; the leading
/// bits of a number tell its bucket but for one edge.
static EDGES: LazyLock<Edges> = LazyLock::new(Edges::new);

struct Edges {
    cells: Vec<Cell>,
}

/// Numbers that begin with the same bits: exponent and six of the fraction. They differ by less than
/// a bucket's width, so at most one edge is among them.
struct Cell {
    /// The largest number of the cell in bucket `below`; others are in the next one.
    edge: f64,
    below: i32,
}

/// Bits of a number that are not the cell's.
const REST: u32 = 52 - 6;

/// What is larger than any vital may be is left to the logarithm.
const TABLED: f64 = 1_048_576.0;

impl Edges {
    fn new() -> Self {
        let cell = |nr: u64| {
            let (mut low, mut high) = (nr << REST, ((nr + 1) << REST) - 1);
            let below = defined(f64::from_bits(low));
            if defined(f64::from_bits(high)) == below {
                return Cell { edge: f64::INFINITY, below };
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if defined(f64::from_bits(middle)) == below { low = middle } else { high = middle }
            }
            Cell { edge: f64::from_bits(low), below }
        };
        Self { cells: (Self::nr(SMALLEST)..Self::nr(TABLED)).map(cell).collect() }
    }

    const fn nr(value: f64) -> u64 {
        value.to_bits() >> REST
    }

    fn bucket(&self, value: f64) -> i32 {
        match self.cells.get((Self::nr(value) - Self::nr(SMALLEST)) as usize) {
            Some(cell) => cell.below + i32::from(value > cell.edge),
            None => defined(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_bucket_that_its_logarithm_defines() {
        let mut value = SMALLEST;
        while value < 1e9 {
            assert_eq!(bucket(value), defined(value), "{value}");
            value *= 1.000_37;
        }
        for at in FIRST + 40..670 {
            // As near to an edge as numbers get, either side may be right.
            let edge = value_in(at, 1.0);
            assert_eq!(bucket(edge * (1.0 - 1e-13)), at);
            assert_eq!(bucket(edge * (1.0 + 1e-13)), at + 1);
        }
        assert_eq!((bucket(0.0), bucket(-0.0), bucket(SMALLEST.next_down())), (ZERO, ZERO, ZERO));
        assert_eq!((bucket(f64::INFINITY), bucket(f64::MAX)), (LAST, LAST));
    }

    #[test]
    fn weights_are_equal_whatever_came_and_went_beside_them() {
        let (mut one, mut other) = (Buckets::default(), Buckets::default());
        one.add(300, 7);
        other.add(-450, 1);
        other.add(300, 7);
        other.add(ZERO, 2);
        assert_ne!(one, other);
        other.subtract(-450, 1).unwrap();
        other.subtract(ZERO, 2).unwrap();
        assert_eq!(one, other);
        assert_eq!(other.subtract(301, 1), Err(SketchError::NeverAdded));
        assert_eq!(other.subtract(900, 1), Err(SketchError::NeverAdded));
        assert_eq!(other.iter().collect::<Vec<_>>(), [(300, 7)]);
    }
}
