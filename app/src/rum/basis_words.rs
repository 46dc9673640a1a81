//! Where an answer comes from, and since when a verdict holds, in words. On the server only: days
//! are told by the clock on the reader's wall.

use domain::rum::{Basis, Bound, Device, LeftOut, Since, Standing, Verdict};

use super::words::{capitalised, list, name};
use crate::{local_time::LocalTime, ui::format};

/// What must be said of an answer that sketches did not give.
pub fn basis(basis: Basis, clock: LocalTime) -> Option<String> {
    let Basis::RawRows { rows, .. } = basis else { return None };
    let read = format!(
        "No summary is kept for this combination of filters: computed from {}, one by one.",
        format::counted(rows, "stored page view", "stored page views")
    );
    Some(match left_out(basis, clock) {
        None => read,
        Some(left_out) => format!("{read} {left_out}"),
    })
}

/// Which part of the period is not in an answer, and why.
pub fn left_out(basis: Basis, clock: LocalTime) -> Option<String> {
    let Basis::RawRows { left_out: Some(LeftOut { before, why }), .. } = basis else { return None };
    let before = format::moment(&clock.at(before));
    let why = match why {
        Bound::Kept => "single page views are kept no longer on this plan",
        Bound::Rows => "there are more than one answer reads",
        Bound::Time => "reading them took too long",
    };
    Some(format!("What is older than {before} is not in these figures, because {why}."))
}

/// "Over Google's 28 days, phones have passed since 3 Nov 2026; desktops have failed …".
pub fn standings(standings: &[Standing]) -> Option<String> {
    let mut told: Vec<(String, Vec<Device>)> = Vec::new();
    for standing in standings {
        let does = match standing.verdict {
            Verdict::Passes => "have passed",
            Verdict::Fails(_) => "have failed",
            Verdict::TooFew => continue,
        };
        let words = match standing.since {
            Since::Day(day) => format!("{does} since {}", format::date(&day)),
            Since::AtLeast(day) => format!("{does} since {} at least", format::date(&day)),
        };
        match told.iter_mut().find(|(same, _)| *same == words) {
            Some((_, devices)) => devices.push(standing.device),
            None => told.push((words, vec![standing.device])),
        }
    }
    let parts: Vec<String> = told
        .iter()
        .map(|(words, devices)| {
            format!("{} {words}", list(&devices.iter().map(|device| name(*device)).collect::<Vec<_>>()))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}, over the 28 days that Google looks at.", capitalised(&parts.join("; "))))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use domain::accounts::Actor;

    use super::*;

    #[test]
    fn raw_rows_are_told_with_what_they_leave_out() {
        let clock = LocalTime::of(&Actor::Nobody);
        assert_eq!(basis(Basis::Sketches, clock), None);
        let left_out = Some(LeftOut { before: "2026-11-15T10:00:00Z".parse().unwrap(), why: Bound::Kept });
        let words = basis(Basis::RawRows { rows: 1_234, left_out }, clock).unwrap();
        assert_eq!(
            words,
            "No summary is kept for this combination of filters: computed from 1,234\u{a0}stored page views, one by one. \
             What is older than 15 Nov, 10:00 is not in these figures, because single page views are kept no longer on this plan."
        );
    }

    #[test]
    fn devices_with_the_same_standing_are_named_together() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
        let standing = |device, verdict, since| Standing { device, verdict, since };
        let words = standings(&[
            standing(Device::Mobile, Verdict::Passes, Since::Day(day)),
            standing(Device::Tablet, Verdict::TooFew, Since::AtLeast(day)),
            standing(Device::Desktop, Verdict::Fails(vec![]), Since::AtLeast(day)),
        ]);
        assert_eq!(
            words.as_deref(),
            Some(
                "Phones have passed since 3 Nov 2026; desktops have failed since 3 Nov 2026 at least, over the 28 days that Google looks at."
            )
        );
        assert_eq!(standings(&[]), None);
    }
}
