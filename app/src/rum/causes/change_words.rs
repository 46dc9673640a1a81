//! A comparison in words: what got worse or better first, then the mix, then the sums.

use domain::rum::{Changes, Device, SegmentChange, Sides, Vital};

use crate::ui::{Tone, format};

/// A segment is named when its own change is no chance, and this large beside what it was.
const LEAST_CHANGE: f64 = 0.05;

/// And when it moves the share of good page views of all by half a point.
const LEAST_WEIGHT: f64 = 0.005;

/// A mix that moved by less is not worth words.
const LEAST_MOVE: f64 = 0.02;

/// Segments named in words at most.
const NAMED: usize = 3;

/// What happened, the most important first, and the tone to say it in.
pub fn headline(changes: &Changes) -> (Tone, Vec<String>) {
    if changes.good.is_none() {
        return (Tone::Info, vec!["Too few page views on one side to compare.".to_owned()]);
    }
    let mut moved: Vec<(&SegmentChange, bool)> =
        changes.segments.iter().filter_map(|segment| Some((segment, got_worse(segment)?))).collect();
    // What got worse is said before what got better.
    moved.sort_by_key(|(_, worse)| !worse);
    let worse = moved.iter().any(|(_, worse)| *worse);
    let better = moved.iter().any(|(_, worse)| !worse);
    let mut sentences: Vec<String> =
        moved.iter().take(NAMED).map(|(segment, worse)| sentence(changes, segment, *worse)).collect();
    if moved.len() > NAMED {
        sentences.push(format!("{} more segments changed; the table below has them.", moved.len() - NAMED));
    }
    if let Some(mix) = mix(changes, worse, better) {
        sentences.push(mix);
    }
    if sentences.is_empty() {
        let certain = changes.percentile_total.is_some_and(|total| total.is_significant());
        sentences.push(if certain {
            "Small changes in many places add up; no single page stands out.".to_owned()
        } else {
            "Nothing changed beyond chance.".to_owned()
        });
    }
    let tone = match (worse, better) {
        (true, _) => Tone::Warning,
        (false, true) => Tone::Good,
        (false, false) => Tone::Info,
    };
    (tone, sentences)
}

/// Whether a segment got worse (or better); `None` where it may be chance, or matters little.
pub fn got_worse(segment: &SegmentChange) -> Option<bool> {
    let (Some(before), Some(_)) = segment.value else { return None };
    let own = segment.contribution.percentile?;
    let certain = own.is_significant() && segment.contribution.good.is_significant();
    let large = own.value.abs() >= LEAST_CHANGE * before && segment.contribution.within.abs() >= LEAST_WEIGHT;
    (certain && large).then_some(own.value > 0.0)
}

fn sentence(changes: &Changes, segment: &SegmentChange, worse: bool) -> String {
    let vital = segment.vital;
    let percentile = changes.comparison.query.percentile.as_str();
    let told =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::vital(vital, value).to_string());
    let (before, after) = (told(segment.value.0), told(segment.value.1));
    let word = match (vital, worse) {
        (Vital::Cls, true) => "shakier",
        (Vital::Cls, false) => "steadier",
        (_, true) => "slower",
        (_, false) => "faster",
    };
    match &changes.comparison.sides {
        Sides::Values { before: was, after: is, .. } => format!(
            "{}: {is} is {word} than {was}, with {} at {percentile} of {after} against {before}.",
            name(segment),
            vital.title()
        ),
        Sides::Periods | Sides::PeriodAgainst(_) => {
            let who = match (segment.device, &segment.page_group) {
                (Some(device), Some(group)) => format!("{} got {word} on {group}", devices(device)),
                (Some(device), None) => format!("{} got {word}", devices(device)),
                (None, Some(group)) => format!("{group} got {word}"),
                (None, None) => format!("The pages got {word}"),
            };
            format!("{who}: {} at {percentile} went from {before} to {after}.", vital.title())
        }
    }
}

/// "Phones on /product/*".
pub fn name(segment: &SegmentChange) -> String {
    match (segment.device, &segment.page_group) {
        (Some(device), Some(group)) => format!("{} on {group}", devices(device)),
        (Some(device), None) => devices(device).to_owned(),
        (None, Some(group)) => group.clone(),
        (None, None) => "All page views".to_owned(),
    }
}

const fn devices(device: Device) -> &'static str {
    match device {
        Device::Mobile => "Phones",
        Device::Tablet => "Tablets",
        Device::Desktop => "Desktops",
    }
}

/// What the mix did, where that is no chance.
fn mix(changes: &Changes, worse: bool, better: bool) -> Option<String> {
    let mix = changes.good_mix.filter(|mix| mix.is_significant() && mix.value.abs() >= LEAST_WEIGHT)?;
    let risen = changes.devices.iter().map(|(device, before, after)| (*device, after - before));
    let to_device = risen.filter(|(_, by)| *by >= LEAST_MOVE).max_by(|a, b| a.1.total_cmp(&b.1));
    let to = match to_device {
        Some((device, _)) => devices(device).to_lowercase(),
        None => {
            let grown = |segment: &&SegmentChange| segment.contribution.part_after > segment.contribution.part_before;
            let most = changes
                .segments
                .iter()
                .filter(grown)
                .max_by(|a, b| a.contribution.mix.abs().total_cmp(&b.contribution.mix.abs()))?;
            lowered(&name(most))
        }
    };
    let is_periods = !matches!(changes.comparison.sides, Sides::Values { .. });
    Some(match (is_periods, worse || better, mix.value < 0.0) {
        (true, false, true) => format!("The mix moved to {to}; no page got slower."),
        (true, false, false) => format!("The mix moved to {to}; no page got faster."),
        (true, true, _) => format!("The mix moved to {to}, too."),
        (false, _, _) => format!("The mix differs as well: there is more of {to}."),
    })
}

fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// What the sums say: "The share of good page views fell by 5.2 points: 5.0 by pages themselves …".
pub fn sums(changes: &Changes) -> Option<String> {
    let good = changes.good?;
    let points = |share: f64| format!("{:+.1}", share * 100.0).replace('-', "−");
    let word = if good.total < 0.0 { "fell" } else { "rose" };
    Some(format!(
        "The share of good page views {word} by {:.1} points: {} within segments and {} by the mix.",
        good.total.abs() * 100.0,
        points(good.within),
        points(good.mix)
    ))
}

#[cfg(test)]
mod tests {
    use domain::rum::{Basis, Comparison, Contribution, Difference, Interval, SideFigures, Split, State};

    use super::*;

    fn difference(value: f64, half: f64) -> Difference {
        Difference { value, interval: Some(Interval { low: value - half, high: value + half }) }
    }

    fn segment(device: Device, group: &str, from: f64, to: f64, within: f64) -> SegmentChange {
        let sure = if within == 0.0 { 1e9 } else { 1.0 };
        SegmentChange {
            device: Some(device),
            page_group: Some(group.into()),
            count: (900, 900),
            value: (Some(from), Some(to)),
            vital: Vital::Lcp,
            contribution: Contribution {
                part_before: 0.5,
                part_after: 0.5,
                within,
                mix: 0.0,
                good: difference(within * 2.0, 0.001 * sure),
                percentile: Some(difference(to - from, 50.0 * sure)),
            },
        }
    }

    fn changes(segments: Vec<SegmentChange>, mix: Difference, devices: Vec<(Device, f64, f64)>) -> Changes {
        let side = SideFigures {
            from: chrono::DateTime::UNIX_EPOCH,
            to: chrono::DateTime::UNIX_EPOCH,
            basis: Basis::Sketches,
            page_views: 2_000,
            count: 1_800,
            value: Some(2_500.0),
            interval: None,
            shares: None,
            state: State::Stable,
        };
        let within: f64 = segments.iter().map(|segment| segment.contribution.within).sum();
        Changes {
            comparison: Comparison::default(),
            before: side.clone(),
            after: side,
            good: Some(Split { total: within + mix.value, within, mix: mix.value }),
            good_total: Some(difference(within + mix.value, 0.01)),
            good_within: Some(difference(within, 0.01)),
            good_mix: Some(mix),
            percentile: None,
            percentile_total: Some(difference(0.0, 100.0)),
            total_segments: segments.len() as u32,
            segments,
            devices,
        }
    }

    #[test]
    fn a_regression_is_told_with_who_where_and_by_how_much() {
        let segments = vec![
            segment(Device::Mobile, "/product/*", 2_310.0, 3_100.0, -0.06),
            segment(Device::Desktop, "/", 1_200.0, 1_190.0, 0.0),
        ];
        let (tone, words) = headline(&changes(segments, difference(0.001, 0.01), Vec::new()));
        assert_eq!(tone, Tone::Warning);
        assert_eq!(words, ["Phones got slower on /product/*: LCP at p75 went from 2.31\u{a0}s to 3.10\u{a0}s."]);
    }

    #[test]
    fn a_mix_that_moved_is_no_regression() {
        let devices = vec![(Device::Mobile, 0.6, 0.86), (Device::Desktop, 0.4, 0.14)];
        let still = vec![segment(Device::Mobile, "/", 2_000.0, 2_010.0, 0.0)];
        let told = changes(still, difference(-0.05, 0.01), devices);
        assert_eq!(headline(&told), (Tone::Info, vec!["The mix moved to phones; no page got slower.".to_owned()]));
        let sums = sums(&told).unwrap();
        assert_eq!(sums, "The share of good page views fell by 5.0 points: +0.0 within segments and −5.0 by the mix.");
    }

    #[test]
    fn two_releases_are_told_as_they_are_and_not_as_time() {
        let mut told =
            changes(vec![segment(Device::Mobile, "/", 3_000.0, 2_000.0, 0.1)], difference(0.0, 0.01), Vec::new());
        told.comparison.sides =
            Sides::Values { dimension: domain::rum::Dimension::Release, before: "v1".into(), after: "v2".into() };
        let words = "Phones on /: v2 is faster than v1, with LCP at p75 of 2.00\u{a0}s against 3.00\u{a0}s.";
        assert_eq!(headline(&told), (Tone::Good, vec![words.to_owned()]));
    }

    #[test]
    fn chance_is_not_told_as_change() {
        let told =
            changes(vec![segment(Device::Mobile, "/", 2_000.0, 2_500.0, 0.0)], difference(0.01, 0.02), Vec::new());
        assert_eq!(headline(&told), (Tone::Info, vec!["Nothing changed beyond chance.".to_owned()]));
    }
}
