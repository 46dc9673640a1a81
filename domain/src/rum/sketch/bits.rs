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
    /// The first byte that no bit of was taken in.
    next: usize,
    /// Bits that were taken in and not read yet, the next one lowest; above them, what stands there in the bytes, or zeros.
    word: u64,
    held: u32,
}

/// Bits that are held after [`Reader::fill`] at least.
const HELD: u32 = 56;

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, word: 0, held: 0 }
    }

    /// Takes in whole bytes, zeros after the end. What is read depends on what was read before: the less lies between the
    /// two, the faster; so this has no branch but for the end.
    #[inline]
    fn fill(&mut self) {
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        let word = rest.first_chunk::<8>().map_or_else(|| last(rest), |word| u64::from_le_bytes(*word));
        self.word |= word << self.held;
        self.next += ((63 - self.held) / 8) as usize;
        self.held |= HELD;
    }

    /// Goes past bits that are held, fewer than 64.
    #[inline]
    const fn skip(&mut self, bits: u32) {
        self.word >>= bits;
        self.held -= bits;
    }

    /// Whether more was read than there is.
    const fn is_beyond(&self) -> bool {
        self.next * 8 - self.held as usize > self.bytes.len() * 8
    }

    /// A number of so many bits, 56 at most.
    #[inline]
    pub fn bits(&mut self, count: u32) -> u64 {
        self.fill();
        let number = self.word & ((1 << count) - 1);
        self.skip(count);
        number
    }

    fn unary(&mut self) -> Result<u64, SketchError> {
        let mut zeros = 0;
        loop {
            self.fill();
            let here = self.word.trailing_zeros();
            if here < HELD {
                self.skip(here + 1);
                return Ok(zeros + u64::from(here));
            }
            zeros += u64::from(HELD);
            self.skip(HELD);
            if self.is_beyond() {
                return Err(SketchError::Damaged);
            }
        }
    }

    /// Reads [`Writer::rice`].
    pub fn rice(&mut self, low_bits: u32) -> Result<u64, SketchError> {
        let high = self.unary()?;
        Ok(high << low_bits | self.bits(low_bits))
    }

    /// Reads [`Writer::gamma`].
    pub fn gamma(&mut self) -> Result<u64, SketchError> {
        let low_bits = u32::try_from(self.unary()?).ok().filter(|bits| *bits < 64).ok_or(SketchError::Damaged)?;
        let half = low_bits / 2;
        let low = self.bits(half);
        let high = self.bits(low_bits - half);
        Ok(1 << low_bits | high << half | low)
    }

    /// [`Self::rice`] and [`Self::gamma`] after it. Both of a word, where they are as short as nearly always.
    #[inline]
    pub fn rice_and_gamma(&mut self, low_bits: u32) -> Result<(u64, u64), SketchError> {
        self.fill();
        let high = self.word.trailing_zeros();
        let first = high + 1 + low_bits;
        if first < HELD {
            let after = self.word >> first;
            let length = after.trailing_zeros();
            let both = first + 2 * length + 1;
            if both <= HELD {
                let rice = u64::from(high) << low_bits | (self.word >> (high + 1)) & ((1 << low_bits) - 1);
                let gamma = 1 << length | (after >> (length + 1)) & ((1 << length) - 1);
                self.skip(both);
                return Ok((rice, gamma));
            }
        }
        Ok((self.rice(low_bits)?, self.gamma()?))
    }

    /// What comes after the byte that was read last; an error where there was less than was read.
    pub fn rest(self) -> Result<&'a [u8], SketchError> {
        let read = self.next * 8 - self.held as usize;
        self.bytes.get(read.div_ceil(8)..).ok_or(SketchError::Damaged)
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
            writer.rice(number % 70, (number % 15) as u32);
            writer.gamma(number);
        }
        writer.end();
        bytes.extend([1, 2, 3]);
        let mut reader = Reader::new(&bytes);
        for &number in &numbers {
            assert_eq!(reader.gamma(), Ok(number));
            assert_eq!(reader.rice((number % 9) as u32), Ok(number % 700));
            assert_eq!(reader.bits(13), number & 0x1fff);
            assert_eq!(reader.rice_and_gamma((number % 15) as u32), Ok((number % 70, number)));
        }
        assert_eq!(reader.rest(), Ok([1, 2, 3].as_slice()));
    }

    #[test]
    fn what_ends_too_soon_is_damaged() {
        for length in 0..20 {
            assert_eq!(Reader::new(&vec![0; length]).gamma(), Err(SketchError::Damaged));
            assert_eq!(Reader::new(&vec![0; length]).rice(3), Err(SketchError::Damaged));
            assert_eq!(Reader::new(&vec![0; length]).rice_and_gamma(3), Err(SketchError::Damaged));
        }
        let mut reader = Reader::new(&[7]);
        assert_eq!((reader.bits(8), Reader::new(&[7]).rest()), (7, Ok([7].as_slice())));
        assert_eq!(reader.bits(1), 0);
        assert_eq!(reader.rest(), Err(SketchError::Damaged));
    }
}
