//! How the values of a vital are spread.

use serde::{Deserialize, Serialize};

use super::{Basis, Rating, Vital, VitalSketch};

/// The spread of a vital's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub vital: Vital,
    pub basis: Basis,
    /// Page views that reported the vital.
    pub count: u64,
    /// From 0 on, without gaps; empty without data.
    pub bars: Vec<Bar>,
}

/// The values above `from` up to `to`; the first bar has the zeros too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    pub from: f64,
    /// `None` for the last bar, which has all that are larger.
    pub to: Option<f64>,
    /// Every value of a bar has it: thresholds are ends of bars.
    pub rating: Rating,
    /// Part of the page views that reported the vital, by weight, 0–1.
    pub share: f64,
}

/// Bars at most, beside the last.
const MOST_BARS: f64 = 36.0;

/// So much of the values lies below the last bar, where the axis reaches that far.
const SHOWN: f64 = 0.98;

impl Histogram {
    /// The shares of all bars of one rating add up to the share of that rating, exactly.
    pub fn of(vital: Vital, sketch: &VitalSketch, basis: Basis) -> Self {
        let weight = sketch.weight() as f64;
        let edges = sketch.quantile(SHOWN).map(|shown| edges(vital, shown)).unwrap_or_default();
        let mut below = 0.0;
        let bars = edges
            .iter()
            .enumerate()
            .map(|(at, &from)| {
                let to = edges.get(at + 1).copied();
                let up_to = to.map_or(weight, |to| sketch.weight_up_to(vital, to));
                let share = (up_to - below) / weight;
                below = up_to;
                Bar { from, to, rating: vital.rate(from.next_up()), share }
            })
            .collect();
        Self { vital, basis, count: sketch.count(), bars }
    }
}

/// The lower ends of the bars: even steps from 0 past the value that is to be shown, the good
/// threshold and the needs-improvement one, all of which are multiples of every step.
fn edges(vital: Vital, shown: f64) -> Vec<f64> {
    // Whole numbers of a unit, so that no binary fraction moves a threshold out of its place.
    let (steps, unit): (&[f64], f64) = match vital {
        Vital::Lcp => (&[50.0, 100.0, 250.0, 500.0], 1.0),
        Vital::Inp => (&[10.0, 20.0, 25.0, 50.0, 100.0], 1.0),
        Vital::Cls => (&[5.0, 10.0, 25.0, 50.0], 1_000.0),
        Vital::Fcp => (&[50.0, 100.0, 200.0, 300.0, 600.0], 1.0),
        Vital::Ttfb => (&[25.0, 50.0, 100.0, 200.0], 1.0),
        Vital::Fid => (&[5.0, 10.0, 20.0, 25.0, 50.0, 100.0], 1.0),
    };
    let reach = shown.max(vital.thresholds().1) * unit;
    let widest = steps[steps.len() - 1];
    let step = steps.iter().copied().find(|step| reach / step <= MOST_BARS).unwrap_or(widest);
    let bars = (reach / step).ceil().min(MOST_BARS);
    (0..=bars as u32).map(|at| f64::from(at) * step / unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_ends_of_bars_whatever_is_shown() {
        for vital in Vital::ALL {
            let (good, needs_improvement) = vital.thresholds();
            for shown in [0.0, good / 3.0, good, needs_improvement, needs_improvement * 7.0, vital.largest_plausible()]
            {
                let edges = edges(vital, shown);
                assert!(edges.contains(&good) && edges.contains(&needs_improvement), "{vital:?} {shown} {edges:?}");
                assert!(edges.len() <= MOST_BARS as usize + 1, "{vital:?} {shown}");
            }
        }
    }

    #[test]
    fn nothing_measured_has_no_bars() {
        assert_eq!(Histogram::of(Vital::Lcp, &VitalSketch::default(), Basis::Sketches).bars, []);
    }
}
