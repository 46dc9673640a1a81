//! Small numbers in few bits.

use super::SketchError;

/// Writes bits, the lowest of each byte first, to the end of some bytes.
pub struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    /// Bits that are not a whole byte yet, and how many.
    open: u64,
    count: u32,
}

impl<'a> Writer<'a> {
    pub const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, open: 0, count: 0 }
    }

    /// The lowest `count` bits of a number, 56 at most.
    pub fn bits(&mut self, number: u64, count: u32) {
        self.open |= (number & ((1 << count) - 1)) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.open as u8);
            self.open >>= 8;
            self.count -= 8;
        }
    }

    /// So many zeros, then a one.
    fn unary(&mut self, mut zeros: u64) {
        while zeros >= 32 {
            self.bits(0, 32);
            zeros -= 32;
        }
        self.bits(1 << zeros, zeros as u32 + 1);
    }

    /// Rice's code: what is below `2^low_bits` in one bit more.
    pub fn rice(&mut self, number: u64, low_bits: u32) {
        self.unary(number >> low_bits);
        self.bits(number, low_bits);
    }

    /// Elias' gamma code: 1 in one bit, 2 and 3 in three, a number of n bits in 2n - 1. Not for 0.
    pub fn gamma(&mut self, number: u64) {
        let low_bits = number.ilog2();
        self.unary(u64::from(low_bits));
        let half = low_bits / 2;
        self.bits(number, half);
        self.bits(number >> half, low_bits - half);
    }

    /// Fills the last byte up with zeros.
    pub fn end(mut self) {
        if self.count > 0 {
            self.bits(0, 8 - self.count);
        }
    }
}

/// Reads what [`Writer`] wrote.
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits that were read.
    at: usize,
}

/// Bits that [`Reader::ahead`] shows at least.
const AHEAD: u32 = 57;

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The bits that come next, zeros after the end. One load, whatever is read of it.
    #[inline]
    fn ahead(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = rest.first_chunk::<8>().map_or_else(|| last(rest), |word| u64::from_le_bytes(*word));
        word >> (self.at % 8)
    }

    #[inline]
    fn go(&mut self, bits: u32) -> Result<(), SketchError> {
        self.at += bits as usize;
        if self.at <= self.bytes.len() * 8 { Ok(()) } else { Err(SketchError::Damaged) }
    }

    /// A number of so many bits, 56 at most.
    #[inline]
    pub fn bits(&mut self, count: u32) -> Result<u64, SketchError> {
        let number = self.ahead() & ((1 << count) - 1);
        self.go(count)?;
        Ok(number)
    }

    fn unary(&mut self) -> Result<u64, SketchError> {
        let mut zeros = 0;
        loop {
            let here = self.ahead().trailing_zeros();
            if here < AHEAD {
                self.go(here + 1)?;
                return Ok(zeros + u64::from(here));
            }
            zeros += u64::from(AHEAD);
            self.go(AHEAD)?;
        }
    }

    #[inline]
    pub fn rice(&mut self, low_bits: u32) -> Result<u64, SketchError> {
        let ahead = self.ahead();
        let high = ahead.trailing_zeros();
        if high + 1 + low_bits <= AHEAD {
            self.go(high + 1 + low_bits)?;
            return Ok(u64::from(high) << low_bits | (ahead >> (high + 1)) & ((1 << low_bits) - 1));
        }
        let high = self.unary()?;
        Ok(high << low_bits | self.bits(low_bits)?)
    }

    #[inline]
    pub fn gamma(&mut self) -> Result<u64, SketchError> {
        let ahead = self.ahead();
        let low_bits = ahead.trailing_zeros();
        if 2 * low_bits < AHEAD {
            self.go(2 * low_bits + 1)?;
            return Ok(1 << low_bits | (ahead >> (low_bits + 1)) & ((1 << low_bits) - 1));
        }
        let low_bits = u32::try_from(self.unary()?).ok().filter(|bits| *bits < 64).ok_or(SketchError::Damaged)?;
        let half = low_bits / 2;
        let low = self.bits(half)?;
        let high = self.bits(low_bits - half)?;
        Ok(1 << low_bits | high << half | low)
    }

    /// What comes after the byte that was read last.
    pub fn rest(self) -> &'a [u8] {
        self.bytes.get(self.at.div_ceil(8)..).unwrap_or_default()
    }
}

/// Fewer than eight bytes as a word.
#[cold]
fn last(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_what_follows_is_left() {
        let numbers: Vec<u64> = (0..60).map(|power| 1 << power).chain(1..300).collect();
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        for &number in &numbers {
            writer.gamma(number);
            writer.rice(number % 700, (number % 9) as u32);
            writer.bits(number, 13);
        }
        writer.end();
        bytes.extend([1, 2, 3]);
        let mut reader = Reader::new(&bytes);
        for &number in &numbers {
            assert_eq!(reader.gamma(), Ok(number));
            assert_eq!(reader.rice((number % 9) as u32), Ok(number % 700));
            assert_eq!(reader.bits(13), Ok(number & 0x1fff));
        }
        assert_eq!(reader.rest(), [1, 2, 3]);
        assert_eq!(Reader::new(&[0; 9]).gamma(), Err(SketchError::Damaged));
        assert_eq!(Reader::new(&[7]).bits(9), Err(SketchError::Damaged));
    }
}
