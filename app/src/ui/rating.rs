//! Good, needs improvement, poor: as a word with a shape, as a bar, and as a change.

use domain::rum::{Interval, Rating, Shares, State, Vital};
use leptos::prelude::*;

use super::format;

/// The class of a rating in the kit's style.
pub const fn class(rating: Rating) -> &'static str {
    match rating {
        Rating::Good => "rating-good",
        Rating::NeedsImprovement => "rating-needs-improvement",
        Rating::Poor => "rating-poor",
    }
}

/// The rating of a value, or why there is none yet.
#[component]
pub fn RatingChip(vital: Vital, value: Option<f64>, state: State) -> impl IntoView {
    let (class, words) = match (value, state) {
        (Some(value), State::Stable) => {
            let rating = vital.rate(value);
            (class(rating), rating.words())
        }
        (_, State::Provisional | State::Stable) => ("rating-none", "Provisional"),
        (_, State::TooFew) => ("rating-none", "Too few yet"),
        (_, State::NoData) => ("rating-none", "No data"),
    };
    view! { <span class=format!("rating rating-chip {class}")>{words}</span> }
}

/// The three shares as one bar, with the figures for those who cannot see it.
#[component]
pub fn SharesBar(shares: Option<Shares>) -> impl IntoView {
    let label = shares.map_or_else(|| "No shares yet".to_owned(), |shares| shares_words(&shares));
    let part = |share: fn(&Shares) -> f64| format!("--share:{:.2}", shares.as_ref().map_or(0.0, share) * 100.0);
    view! {
        <div class="shares" role="img" aria-label=label.clone() title=label>
            <i class="bg-good" style=part(|shares| shares.good)></i>
            <i class="bg-needs-improvement" style=part(|shares| shares.needs_improvement)></i>
            <i class="bg-poor" style=part(|shares| shares.poor)></i>
        </div>
    }
}

/// "71 % good, 18 % need improvement, 11 % poor".
pub fn shares_words(shares: &Shares) -> String {
    format!(
        "{} good, {} need improvement, {} poor",
        format::share(shares.good),
        format::share(shares.needs_improvement),
        format::share(shares.poor)
    )
}

/// A change of a percentile against the period before.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub class: &'static str,
    pub words: String,
}

/// Words a change. One whose old value lies inside the new value's interval may be chance,
/// and is not called better or worse.
pub fn change(vital: Vital, value: f64, before: f64, interval: Option<Interval>) -> Change {
    let about_same = interval.is_none_or(|interval| (interval.low..=interval.high).contains(&before));
    if about_same || before <= 0.0 {
        return Change { class: "delta", words: "≈ as before".to_owned() };
    }
    let percent = (value - before) / before * 100.0;
    let (arrow, word, class) = match (percent < 0.0, vital) {
        (true, Vital::Cls) => ("↓", "steadier", "delta delta-better"),
        (true, _) => ("↓", "faster", "delta delta-better"),
        (false, Vital::Cls) => ("↑", "shakier", "delta delta-worse"),
        (false, _) => ("↑", "slower", "delta delta-worse"),
    };
    let amount = if percent > 900.0 {
        format!("{:.0} ×", value / before)
    } else {
        format!("{:.0}\u{a0}%", percent.abs().max(1.0))
    };
    Change { class, words: format!("{arrow} {amount} {word}") }
}

/// Draws a change; keeps its line where there is none.
#[component]
pub fn Delta(change: Option<Change>) -> impl IntoView {
    let (class, words) = change.map_or(("delta", "\u{a0}".to_owned()), |change| (change.class, change.words));
    view! {
        <span class=class title="Against the same length of time just before">
            {words}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Option<Interval> {
        Some(Interval { low, high })
    }

    #[test]
    fn a_change_within_the_interval_is_not_called_one() {
        assert_eq!(change(Vital::Lcp, 2_000.0, 2_050.0, interval(1_900.0, 2_100.0)).class, "delta");
        assert_eq!(change(Vital::Lcp, 2_000.0, 2_050.0, None).class, "delta");
    }

    #[test]
    fn less_is_better_and_is_told_in_the_words_of_the_vital() {
        let faster = change(Vital::Lcp, 2_000.0, 2_500.0, interval(1_900.0, 2_100.0));
        assert_eq!((faster.class, faster.words.as_str()), ("delta delta-better", "↓ 20\u{a0}% faster"));
        let shakier = change(Vital::Cls, 0.2, 0.1, interval(0.18, 0.22));
        assert_eq!((shakier.class, shakier.words.as_str()), ("delta delta-worse", "↑ 100\u{a0}% shakier"));
    }

    #[test]
    fn a_change_from_nothing_has_no_percentage() {
        assert_eq!(change(Vital::Cls, 0.2, 0.0, interval(0.18, 0.22)).class, "delta");
    }
}
