//! The filters that narrow a view, each with a way to take it away.

use domain::rum::Query;
#[cfg(feature = "ssr")]
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::base::Base;
#[cfg(feature = "ssr")]
use crate::ui::icon::{Draw, Icon};

/// One filter that is active.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    /// What is filtered by: "Country".
    pub label: String,
    /// The value in words: "Norway".
    pub name: String,
    /// The view without this filter.
    pub without: Query,
}

/// The filters of a query but for the device, which has links of its own.
#[cfg(feature = "ssr")]
pub fn chips(query: &Query) -> Vec<Chip> {
    use domain::rum::{By, Dimension, Filter};
    use engine::rum::segment_name;

    let dimensions =
        query.filter.narrowed().filter(|(dimension, _)| *dimension != Dimension::Device).map(|(dimension, value)| {
            let filter = query.filter.clone().with(dimension, None);
            Chip {
                label: super::words::dimension(dimension).to_owned(),
                name: segment_name(&By::Dimension(dimension), value),
                without: Query { filter, ..query.clone() },
            }
        });
    let tag = query.filter.tag.iter().map(|tag| Chip {
        label: format!("Tag {}", tag.name),
        name: segment_name(&By::Tag(tag.name.clone()), &tag.value),
        without: Query { filter: Filter { tag: None, ..query.filter.clone() }, ..query.clone() },
    });
    dimensions.chain(tag).collect()
}

#[cfg(feature = "ssr")]
#[component]
pub fn Chips(chips: Vec<Chip>, base: StoredValue<Base>) -> impl IntoView {
    (!chips.is_empty()).then(|| {
        view! {
            <ul class="mt-2 flex flex-wrap gap-1.5" aria-label="Active filters">
                {chips
                    .into_iter()
                    .map(|chip| {
                        let href = base.with_value(|base| base.href(&chip.without));
                        let words = format!("Take the filter {}: {} away", chip.label, chip.name);
                        view! {
                            <li class="flex max-w-full">
                                <a
                                    class="inline-flex max-w-full items-center gap-1.5 rounded-field bg-accent-soft px-2.5 py-1.5 text-xs text-primary"
                                    href=href
                                    aria-label=words
                                    data-noscroll
                                >
                                    <span class="shrink-0 text-muted">{chip.label}</span>
                                    <span class="truncate font-medium">{chip.name}</span>
                                    <Draw icon=Icon::Cross class="size-3 shrink-0" />
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        }
    })
}
