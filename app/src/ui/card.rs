//! Surfaces: panels, notices, badges.

use leptos::prelude::*;

use super::icon::{Draw, Icon};

/// A surface with a heading; the only box there is.
#[component]
pub fn Panel(
    #[prop(into)] title: Signal<String>,
    /// For links that lead here, and to name the section.
    id: &'static str,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = "")] class: &'static str,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <section class=format!("panel {class}") id=id aria-labelledby=heading>
            <div class="mb-3">
                <h2 class="text-sm font-semibold" id=heading.clone()>
                    {move || title.get()}
                </h2>
                {hint.map(|hint| view! { <p class="mt-0.5 max-w-prose text-xs text-muted">{hint}</p> })}
            </div>
            {children()}
        </section>
    }
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Info,
    Good,
    Warning,
    Error,
}

impl Tone {
    const fn classes(self) -> &'static str {
        match self {
            Self::Info => "bg-accent-soft text-base-content",
            Self::Good => "bg-good-soft text-good",
            Self::Warning => "bg-needs-improvement-soft text-needs-improvement",
            Self::Error => "bg-poor-soft text-poor",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Good => Icon::Check,
            Self::Warning | Self::Error => Icon::Warning,
        }
    }
}

/// Words that must be seen, with an icon beside the colour.
#[component]
pub fn Notice(tone: Tone, #[prop(default = "status")] role: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class=format!("flex items-start gap-2 rounded-field px-3 py-2 {}", tone.classes()) role=role>
            <Draw icon=tone.icon() class="mt-0.5 size-4 shrink-0" />
            <div class="min-w-0">{children()}</div>
        </div>
    }
}

/// A word in a quiet frame.
#[component]
pub fn Badge(children: Children) -> impl IntoView {
    view! {
        <span class="inline-flex items-center rounded-selector bg-base-300 px-1.5 py-0.5 text-xs text-muted">
            {children()}
        </span>
    }
}
