//! Draws of the demo, from one seeded generator.

use rand::{Rng, RngExt, rngs::StdRng};

/// One of these, by their shares.
pub fn pick<'a, T>(random: &mut StdRng, from: &'a [T], share: impl Fn(&T) -> f64) -> &'a T {
    let mut left = random.random::<f64>() * from.iter().map(&share).sum::<f64>();
    for item in from {
        left -= share(item);
        if left < 0.0 {
            return item;
        }
    }
    &from[from.len() - 1]
}

/// With the median `exp(mu)`.
pub fn log_normal(random: &mut StdRng, mu: f64, sigma: f64) -> f64 {
    // Box–Muller; the first number is kept off zero, whose logarithm is none.
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    let angle = 2.0 * std::f64::consts::PI * random.random::<f64>();
    (mu + sigma * radius * angle.cos()).exp()
}

pub fn bytes(random: &mut StdRng) -> [u8; 10] {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    bytes
}
