//! The way to a page that lies below others.

use leptos::prelude::*;

/// One step of the way.
#[derive(Debug, Clone)]
pub struct Crumb {
    words: String,
    /// `None` for the page itself.
    href: Option<String>,
}

impl Crumb {
    pub fn to(words: impl Into<String>, href: String) -> Self {
        Self { words: words.into(), href: Some(href) }
    }

    pub fn here(words: impl Into<String>) -> Self {
        Self { words: words.into(), href: None }
    }
}

/// Nothing where there is no depth.
#[component]
pub fn Crumbs(of: Vec<Crumb>) -> impl IntoView {
    (!of.is_empty()).then(|| {
        view! {
            <nav class="mb-1 text-xs print:hidden" aria-label="Breadcrumb">
                <ol class="crumbs flex max-w-full flex-wrap gap-x-2 text-muted">
                    {of
                        .into_iter()
                        .map(|crumb| {
                            view! {
                                <li class="max-w-60 truncate">
                                    {match crumb.href {
                                        Some(href) => {
                                            view! {
                                                <a class="hover:underline" href=href>
                                                    {crumb.words}
                                                </a>
                                            }
                                                .into_any()
                                        }
                                        None => view! { <span aria-current="page">{crumb.words}</span> }.into_any(),
                                    }}
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
            </nav>
        }
    })
}
