//! The weeks before now, each one press away: what is asked about is often a week that one has
//! seen in a trend.

use chrono::{Days as Length, NaiveDate};
use domain::rum::{Comparison, Days, Period, Query, Sides};
use leptos::prelude::*;

use crate::{rum::base::Base, ui::format};

/// A quarter of a year.
const WEEKS: u64 = 13;

/// Seven whole days each, beside the seven before; the newest first, which ended yesterday.
#[component]
pub fn Weeks(base: String, comparison: Comparison, today: NaiveDate) -> impl IntoView {
    let base = Base { path: base, extra: Sides::Periods.params() };
    let weeks = (0..WEEKS).filter_map(|back| {
        let last = today.checked_sub_days(Length::new(7 * back + 1))?;
        Some((last.checked_sub_days(Length::new(6))?, last))
    });
    view! {
        <nav class="scroll-x mb-4 max-w-full" aria-label="A week and the one before">
            <ul class="inline-flex rounded-field border border-line bg-base-100 p-0.5">
                {weeks
                    .map(|(first, last)| {
                        let period = Period::Custom(Days::new(first, last));
                        let current = comparison.query.period == period && comparison.sides == Sides::Periods;
                        let href = base.href(&Query { period, ..comparison.query.clone() });
                        view! {
                            <li>
                                <a
                                    class="block whitespace-nowrap rounded-selector px-2.5 py-1 text-xs text-muted hover:text-base-content aria-[current]:bg-base-300 aria-[current]:font-medium aria-[current]:text-base-content"
                                    href=href
                                    aria-current=current.then_some("true")
                                >
                                    {format!("{} – {}", format::day(&first), format::day(&last))}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
