//! What a vital is made of, as a stacked bar. Each colour has its words beside it.

use domain::rum::{Part, Vital};
use leptos::prelude::*;

use crate::ui::format;

/// The token of a part's colour; those of one vital are told apart by their lightness too.
const fn colour(part: Part) -> &'static str {
    match part {
        Part::Ttfb | Part::InputDelay => "series-4",
        Part::LoadDelay => "series-3",
        Part::LoadTime | Part::Processing => "series-1",
        Part::RenderDelay | Part::Presentation => "series-2",
    }
}

fn words(parts: &[(Part, f64)]) -> String {
    let words: Vec<String> = parts
        .iter()
        .map(|(part, ms)| format!("{} {}", part.title().to_lowercase(), format::milliseconds(*ms)))
        .collect();
    words.join(", ")
}

/// The bar; its width is the parts' share of `scale` (ms), all of it without.
#[component]
pub fn PartsBar(parts: Vec<(Part, f64)>, #[prop(optional)] scale: Option<f64>) -> impl IntoView {
    let total: f64 = parts.iter().map(|(_, ms)| ms).sum();
    let width = scale.map_or(100.0, |scale| (total / scale * 100.0).clamp(0.5, 100.0));
    let label = words(&parts);
    view! {
        <div class="h-2.5 w-full overflow-hidden rounded-full bg-base-300" role="img" aria-label=label.clone() title=label>
            <div class="flex h-full gap-px overflow-hidden rounded-full" style=format!("width:{width:.1}%")>
                {parts
                    .into_iter()
                    .map(|(part, ms)| {
                        let style = format!("flex:{ms:.1} 0 0;background:var(--color-{})", colour(part));
                        view! { <i class="min-w-0" style=style></i> }
                    })
                    .collect_view()}
            </div>
        </div>
    }
}

/// Names the parts and their colours.
#[component]
pub fn PartsLegend(of: Vec<Part>) -> impl IntoView {
    view! {
        <ul class="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
            {of
                .into_iter()
                .map(|part| {
                    view! {
                        <li class="flex items-center gap-1.5">
                            <i class="size-2.5 rounded-selector" style=format!("background:var(--color-{})", colour(part))></i>
                            {part.title()}
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// What the colours of one vital's bars are, where bars of several stand together.
#[component]
pub fn VitalLegend(vital: Vital, of: Vec<Part>) -> impl IntoView {
    view! {
        <div class="flex gap-3 text-xs text-muted">
            <span class="w-7 shrink-0">{vital.title()}</span>
            <PartsLegend of=of />
        </div>
    }
}
