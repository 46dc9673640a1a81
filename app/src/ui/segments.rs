//! A row of links of which one is the current: filters, periods, tabs. Addresses, not state,
//! so that they work without scripts, can be shared, and go back with the back button.

use leptos::prelude::*;

/// One of the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
}

/// The row; `label` says what is chosen with it.
#[component]
pub fn Segments(#[prop(into)] label: String, #[prop(into)] of: Signal<Vec<Segment>>) -> impl IntoView {
    view! {
        <nav class="scroll-x max-w-full" aria-label=label>
            <ul class="inline-flex rounded-field border border-line bg-base-100 p-0.5">
                {move || {
                    of.get()
                        .into_iter()
                        .map(|segment| {
                            view! {
                                <li>
                                    <a
                                        class="block whitespace-nowrap rounded-selector px-2.5 py-1 text-xs text-muted hover:text-base-content aria-[current]:bg-base-300 aria-[current]:font-medium aria-[current]:text-base-content"
                                        href=segment.href
                                        aria-current=segment.current.then_some("true")
                                        data-noscroll
                                    >
                                        {segment.label}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </nav>
    }
}
