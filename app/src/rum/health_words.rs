//! What became of beacons, in words for whoever runs the site.

use domain::rum::{DropReason, Flow, FlowState, Sampling};

use crate::ui::{Tone, format};

/// What was refused.
pub const fn what(reason: DropReason) -> &'static str {
    match reason {
        DropReason::TooLarge => "Larger than 64 KiB",
        DropReason::Unreadable => "Not readable",
        DropReason::UnsupportedVersion => "Of another version of the format",
        DropReason::BadId => "Without a proper id",
        DropReason::BadUrl => "Without a proper address",
        DropReason::UnknownKey => "With a key of no project",
        DropReason::OriginNotAllowed => "From an address that is not on the list",
        DropReason::LateUpdate => "More than a day after the page view began",
        DropReason::RateLimited => "Too many from one address",
        DropReason::NotStorable => "With something that cannot be stored",
        DropReason::OverQuota => "Past three times the month's quota",
    }
}

/// Why that happens, and what to do.
pub const fn what_to_do(reason: DropReason) -> &'static str {
    match reason {
        DropReason::TooLarge => "Send fewer or shorter metrics and tags from your pages.",
        DropReason::Unreadable => {
            "Usually somebody trying things out. If it is your own client, compare it with the wire format."
        }
        DropReason::UnsupportedVersion => {
            "An old or a foreign copy of the script. Load it from this server, as the tag does."
        }
        DropReason::BadId => "A client of your own must send a UUID as id, best of version 7.",
        DropReason::BadUrl => {
            "Pages opened from a file, or with an address of more than 8 KiB. Nothing to do, if they are few."
        }
        DropReason::UnknownKey => "Copy the tag again from the install page; the key before may have ended.",
        DropReason::OriginNotAllowed => {
            "Allow the address below if it is yours. If not, somebody copied your tag, and nothing is lost."
        }
        DropReason::LateUpdate => {
            "Tabs left open for more than a day. Nothing to do: what they told on the first day counts."
        }
        DropReason::RateLimited => {
            "Many visitors behind one address, or somebody flooding. If your own proxy sends for them, let it pass their addresses on."
        }
        DropReason::OverQuota => {
            "Collection goes on when the month ends, or on a larger plan. Send a sample (data-sample) to make a month last."
        }
        DropReason::NotStorable => {
            "Text that the database refuses, such as broken characters. Nothing to do, if they are few."
        }
    }
}

/// Whether page views still come, and the tone to say it in.
pub fn flow(flow: Flow, hour: &str) -> (Tone, String) {
    let Flow { now, week_ago, .. } = flow;
    let (now, before) = (format::counted(now, "page view", "page views"), format::count(week_ago));
    match flow.state() {
        FlowState::TooFew => (
            Tone::Info,
            format!(
                "{now} in the hour from {hour}, {before} in the same hour a week before: too few to tell whether they come as usual."
            ),
        ),
        FlowState::Usual => {
            (Tone::Good, format!("Page views come as usual: {now} in the hour from {hour}, {before} a week before."))
        }
        FlowState::Fewer => (
            Tone::Warning,
            format!(
                "Less than half as many page views as a week before: {now} in the hour from {hour}, {before} then. Is the tag still on all pages?"
            ),
        ),
        FlowState::Stopped => (
            Tone::Error,
            format!(
                "Page views have stopped: none in the hour from {hour}, {before} in the same hour a week before. Check that the tag is on the pages and that the site is up."
            ),
        ),
    }
}

/// How much of the traffic is sent.
pub fn sampling(sampling: Sampling) -> String {
    match sampling.rate() {
        None => "No page view in this period.".to_owned(),
        Some(rate) if rate > 0.9995 => "Every page view is sent: nothing is sampled.".to_owned(),
        Some(rate) => format!(
            "{} were sent and stand for {}: about {}. Figures are weighted for it.",
            format::counted(sampling.page_views, "page view", "page views"),
            format::count(sampling.stand_for / 1_000),
            format::share(rate)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_explained() {
        for reason in DropReason::ALL {
            assert!(!what(reason).is_empty() && what_to_do(reason).ends_with('.'), "{reason:?}");
        }
    }

    #[test]
    fn a_stop_is_told_as_one() {
        let (tone, words) = flow(Flow { now: 0, week_ago: 120, ..Flow::default() }, "22 Nov, 09:00");
        assert_eq!(tone, Tone::Error);
        assert!(words.contains("none in the hour from 22 Nov, 09:00, 120 in"), "{words}");
    }

    #[test]
    fn sampling_is_told_by_what_it_stands_for() {
        let words = sampling(Sampling { page_views: 250, stand_for: 1_000_000 });
        assert_eq!(
            words,
            "250\u{a0}page views were sent and stand for 1,000: about 25\u{a0}%. Figures are weighted for it."
        );
        assert!(sampling(Sampling { page_views: 2, stand_for: 2_000 }).contains("nothing is sampled"));
    }
}
