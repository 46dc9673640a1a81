//! A moment in words, exact where one looks closer.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A moment as a page tells it, in the words of one's own time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// For machines: RFC 3339, UTC.
    pub machine: String,
    /// To the minute, with its time zone: "22 Nov 2026, 14:05 Europe/Berlin".
    pub exact: String,
    /// "5 minutes ago", or a day.
    pub words: String,
}

#[component]
pub fn Time(at: Moment) -> impl IntoView {
    view! {
        <time class="whitespace-nowrap" datetime=at.machine title=at.exact>
            {at.words}
        </time>
    }
}
