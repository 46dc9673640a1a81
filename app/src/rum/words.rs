//! What the figures mean, in words.

use domain::{
    billing::{MonthUsage, Quota, QuotaMark},
    rum::{Device, DeviceVerdict, Dimension, Overview, Percentile, State, Verdict, Vital, VitalSummary},
};

use crate::ui::{Tone, format};

/// What a dimension is called.
pub const fn dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::PageGroup => "Page group",
        Dimension::Device => "Device",
        Dimension::Country => "Country",
        Dimension::Browser => "Browser",
        Dimension::Os => "System",
        Dimension::Connection => "Connection",
        Dimension::NavigationType => "Navigation",
        Dimension::Release => "Release",
    }
}

/// What a percentile means.
pub const fn percentile(percentile: Percentile) -> &'static str {
    match percentile {
        Percentile::P50 => "p50: half are faster",
        Percentile::P75 => "p75, which Google judges by",
        Percentile::P90 => "p90: the slowest of 10",
        Percentile::P95 => "p95: the slowest of 20",
        Percentile::P99 => "p99: the slowest of 100",
    }
}

/// The verdict's sentence, and the tone to say it in.
pub fn verdict(overview: &Overview) -> (Tone, String) {
    let verdicts = &overview.verdicts;
    let passing: Vec<_> = names(verdicts, |verdict| *verdict == Verdict::Passes);
    let mut failing: Vec<(&[Vital], Vec<&'static str>)> = Vec::new();
    for verdict in verdicts {
        let Verdict::Fails(vitals) = &verdict.verdict else { continue };
        match failing.iter_mut().find(|(same, _)| same == vitals) {
            Some((_, devices)) => devices.push(name(verdict.device)),
            None => failing.push((vitals, vec![name(verdict.device)])),
        }
    }
    let too_few = names(verdicts, |verdict| *verdict == Verdict::TooFew);
    let mut parts = Vec::new();
    if !passing.is_empty() {
        parts.push(format!("passes Core Web Vitals on {}", list(&passing)));
    }
    for (vitals, devices) in &failing {
        let vitals = list(&vitals.iter().map(|vital| vital.title()).collect::<Vec<_>>());
        let devices = list(devices);
        parts.push(if parts.is_empty() {
            format!("fails Core Web Vitals on {devices}, because of {vitals}")
        } else {
            format!("{devices} fail on {vitals}")
        });
    }
    if parts.is_empty() {
        return (Tone::Info, "Too few page views yet to judge Core Web Vitals.".to_owned());
    }
    if !too_few.is_empty() {
        parts.push(format!("{} cannot be judged yet, for too few page views with LCP and CLS", list(&too_few)));
    }
    let settled = verdicts.iter().all(|verdict| verdict.settled || verdict.verdict == Verdict::TooFew);
    let mut sentence = capitalised(&parts.join("; "));
    sentence.push_str(if settled { "." } else { ". More page views may still turn it." });
    let tone = match (failing.is_empty(), passing.is_empty()) {
        (true, _) => Tone::Good,
        (false, false) => Tone::Warning,
        (false, true) => Tone::Error,
    };
    (tone, sentence)
}

fn names(verdicts: &[DeviceVerdict], which: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
    verdicts.iter().filter(|verdict| which(&verdict.verdict)).map(|verdict| name(verdict.device)).collect()
}

pub fn name(device: Device) -> &'static str {
    match device {
        Device::Mobile => "phones",
        Device::Tablet => "tablets",
        Device::Desktop => "desktops",
    }
}

/// "a", "a and b", "a, b and c".
pub fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What the figures stand on, where that is less than every page view, or soon will be; and whether it is urgent.
pub fn sampling(overview: &Overview) -> Vec<(Tone, String)> {
    let mut said = Vec::new();
    if let Some(MonthUsage { month, used, quota: Some(quota) }) = overview.month {
        let (used, all, stop) =
            (format::count(used), format::count(quota.page_views()), format::count(quota.hard_stop()));
        let (name, next) = (month.first_day().format("%B"), month.end().format("%-d %B"));
        let sample = Quota::SAMPLE_FACTOR;
        said.extend(match overview.month.and_then(MonthUsage::mark) {
            _ if overview.month.is_some_and(MonthUsage::is_stopped) => Some((
                Tone::Error,
                format!("Collection has stopped until {next}: {used} page views came in {name}, three times the {all} of the plan."),
            )),
            Some(QuotaMark::All) => Some((
                Tone::Warning,
                format!("{used} page views came in {name}; the plan counts {all}. Until {next}, one in {sample} is kept and counts for {sample}. At {stop}, collection stops."),
            )),
            Some(QuotaMark::EightyPercent) => Some((
                Tone::Info,
                format!("{used} of the {all} page views of {name} are used. Beyond, one in {sample} is kept and counts for {sample}."),
            )),
            None => None,
        });
    }
    if overview.counted < overview.page_views {
        said.push((
            Tone::Info,
            format!(
                "Estimated from a sample: {} stand for {}.",
                format::counted(overview.counted, "page view", "page views"),
                format::count(overview.page_views)
            ),
        ));
    }
    said
}

/// What stands where the figure would, while there is none.
pub fn in_place_of_figure(summary: &VitalSummary) -> &'static str {
    match (summary.state, summary.vital) {
        (State::NoData, Vital::Inp | Vital::Fid) => "No interactions yet",
        (State::NoData, _) => "Not reported yet",
        _ => "Too few views yet",
    }
}

/// How much stands behind a figure: its interval and the page views that reported it.
pub fn basis(summary: &VitalSummary) -> String {
    let reports = format::counted(summary.count, "page view", "page views");
    match (summary.state, summary.interval) {
        (State::NoData, _) => match summary.vital {
            Vital::Inp | Vital::Fid => "Measured when visitors click, tap or type".to_owned(),
            Vital::Cls => "Chromium browsers report it".to_owned(),
            _ => "Browsers report it when a page has loaded".to_owned(),
        },
        (State::TooFew, _) => format!("{} of {} page views that it takes", format::count(summary.count), State::FEW),
        (_, Some(interval)) => {
            format!("{} · {reports}", format::interval(summary.vital, interval.low, interval.high))
        }
        (_, None) => reports,
    }
}

/// Who feels it, as a sentence: "Poor for 1 in 8 page views"; the median where page views are too
/// few for that.
pub fn who_feels_it(summary: &VitalSummary) -> Option<String> {
    if let Some(median) = summary.median {
        return Some(format!("Median {}", format::vital(summary.vital, median)));
    }
    let shares = summary.shares.filter(|_| summary.state.shows_value())?;
    let word = match summary.vital {
        Vital::Cls => "Shaky",
        _ => "Slow",
    };
    let not_good = 1.0 - shares.good;
    Some(if not_good < 0.005 {
        "Good for nearly every page view".to_owned()
    } else if not_good > 0.6 {
        format!("{word} for {} of page views", format::share(not_good))
    } else {
        format!("{word} for 1 in {:.0} page views", (1.0 / not_good).round())
    })
}

#[cfg(test)]
mod tests {
    use domain::rum::{Basis, Interval, Query, Shares};

    use super::*;

    fn judged(device: Device, verdict: Verdict, settled: bool) -> DeviceVerdict {
        DeviceVerdict { device, page_views: 1_000, verdict, settled }
    }

    fn sentence(verdicts: Vec<DeviceVerdict>) -> (Tone, String) {
        verdict(&Overview {
            query: Query::default(),
            from: chrono::DateTime::UNIX_EPOCH,
            to: chrono::DateTime::UNIX_EPOCH,
            basis: Basis::Sketches,
            page_views: 1_000,
            counted: 1_000,
            month: None,
            ever_received: true,
            verdicts,
            vitals: Vec::new(),
        })
    }

    #[test]
    fn a_site_that_passes_everywhere_is_told_so() {
        let verdicts =
            vec![judged(Device::Mobile, Verdict::Passes, true), judged(Device::Desktop, Verdict::Passes, true)];
        assert_eq!(sentence(verdicts), (Tone::Good, "Passes Core Web Vitals on phones and desktops.".to_owned()));
    }

    #[test]
    fn a_mixed_verdict_says_what_fails_where() {
        let verdicts = vec![
            judged(Device::Mobile, Verdict::Passes, true),
            judged(Device::Tablet, Verdict::TooFew, false),
            judged(Device::Desktop, Verdict::Fails(vec![Vital::Inp]), true),
        ];
        let words = "Passes Core Web Vitals on phones; desktops fail on INP; tablets cannot be judged yet, for too few page views with LCP and CLS.";
        assert_eq!(sentence(verdicts), (Tone::Warning, words.to_owned()));
    }

    #[test]
    fn failing_everywhere_begins_with_it() {
        let verdicts = vec![
            judged(Device::Mobile, Verdict::Fails(vec![Vital::Lcp, Vital::Cls]), false),
            judged(Device::Desktop, Verdict::Fails(vec![Vital::Lcp]), true),
        ];
        let words = "Fails Core Web Vitals on phones, because of LCP and CLS; desktops fail on LCP. More page views may still turn it.";
        assert_eq!(sentence(verdicts), (Tone::Error, words.to_owned()));
    }

    #[test]
    fn devices_that_fail_alike_are_named_together() {
        let fails = |device| judged(device, Verdict::Fails(vec![Vital::Inp]), true);
        let words = "Fails Core Web Vitals on phones and desktops, because of INP.";
        assert_eq!(sentence(vec![fails(Device::Mobile), fails(Device::Desktop)]), (Tone::Error, words.to_owned()));
    }

    #[test]
    fn few_page_views_are_not_judged() {
        let verdicts = vec![judged(Device::Mobile, Verdict::TooFew, false)];
        assert_eq!(sentence(verdicts).1, "Too few page views yet to judge Core Web Vitals.");
        assert_eq!(sentence(Vec::new()).0, Tone::Info);
    }

    fn summary(state: State, good: f64) -> VitalSummary {
        VitalSummary {
            vital: Vital::Lcp,
            count: 1_204,
            value: Some(2_310.0),
            median: None,
            interval: Some(Interval { low: 2_210.0, high: 2_430.0 }),
            shares: Some(Shares { good, needs_improvement: 1.0 - good, poor: 0.0 }),
            state,
            before: None,
            sparkline: Vec::new(),
        }
    }

    #[test]
    fn who_feels_it_is_said_in_people() {
        for (good, words) in [
            (0.75, "Slow for 1 in 4 page views"),
            (0.3, "Slow for 70\u{a0}% of page views"),
            (0.999, "Good for nearly every page view"),
        ] {
            assert_eq!(who_feels_it(&summary(State::Stable, good)).as_deref(), Some(words));
        }
        assert_eq!(who_feels_it(&summary(State::TooFew, 0.5)), None);
        let provisional = VitalSummary { median: Some(1_620.0), ..summary(State::Provisional, 0.75) };
        assert_eq!(who_feels_it(&provisional).as_deref(), Some("Median 1.62\u{a0}s"));
    }

    #[test]
    fn the_basis_of_a_figure_is_its_interval_and_its_size() {
        assert_eq!(basis(&summary(State::Stable, 0.7)), "2.21–2.43\u{a0}s · 1,204\u{a0}page views");
        assert_eq!(
            basis(&VitalSummary { count: 7, ..summary(State::TooFew, 0.7) }),
            "7 of 10 page views that it takes"
        );
    }
}
