//! The icons: one stroke, 16 units square, drawn with the text's colour. Never the only sign.

use leptos::prelude::*;

/// What an icon means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Overview,
    Pages,
    Health,
    More,
    Fix,
    Changes,
    Gauge,
    Live,
    Projects,
    Install,
    Settings,
    Person,
    Lock,
    Key,
    SignOut,
    Search,
    Share,
    Sun,
    Moon,
    Screen,
    Copy,
    Check,
    Chevron,
    Arrow,
    Plus,
    Cross,
    Warning,
    Info,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2 13.5h12M3.5 10.5l3-4 2.5 2.5 4-6",
            Self::Pages => "M2.5 4h11M2.5 8h8M2.5 12h5",
            Self::Health => "M1.5 8h3l2-5 3 10 2-5h3",
            Self::More => "M3.25 8h.01M8 8h.01M12.75 8h.01",
            Self::Fix => {
                "M13.5 4.5 11 7 9 5l2.5-2.5a3.5 3.5 0 0 0-4.6 4.4L2.5 11.3v2.2h2.2l4.4-4.4a3.5 3.5 0 0 0 4.4-4.6z"
            }
            Self::Changes => "M2 5.5h9M8.5 3 11 5.5 8.5 8M14 10.5H5M7.5 8 5 10.5 7.5 13",
            Self::Gauge => "M2.8 12.5a6 6 0 1 1 10.4 0M8 9.5l2.75-3.25M8 10.1v.1",
            Self::Live => {
                "M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM5 11a4.25 4.25 0 0 1 0-6M11 5a4.25 4.25 0 0 1 0 6M3 13a7 7 0 0 1 0-10M13 3a7 7 0 0 1 0 10"
            }
            Self::Projects => "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
            Self::Install => "M5 4.5 1.5 8 5 11.5M11 4.5 14.5 8 11 11.5M9.25 2.5l-2.5 11",
            Self::Settings => {
                "M2 4.5h6.5M12.5 4.5H14M2 11.5h1.5M7.5 11.5H14M10.5 2.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM5.5 9.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
            }
            Self::Person => "M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8zM2.5 14c.5-2.5 2.7-4 5.5-4s5 1.5 5.5 4",
            Self::Lock => "M3.5 7.5h9v6h-9zM5.25 7.5V5a2.75 2.75 0 0 1 5.5 0v2.5",
            Self::Key => "M5 11.75a3 3 0 1 1 2.6-4.5H14v3h-2v-1.5H7.9A3 3 0 0 1 5 11.75zM5 8.7v.1",
            Self::SignOut => "M6 2.5H3v11h3M10 5l3 3-3 3M13 8H6.5",
            Self::Search => "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.25 10.25 13.5 13.5",
            Self::Share => "M6.5 4H3v9h9V9.5M9 2.5h4.5V7M13.25 2.75 7.5 8.5",
            Self::Sun => {
                "M8 10.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM8 1.5V2.75M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9"
            }
            Self::Moon => "M13.5 9.3A5.75 5.75 0 0 1 6.7 2.5a5.75 5.75 0 1 0 6.8 6.8z",
            Self::Screen => "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
            Self::Copy => "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
            Self::Check => "M3 8.5l3.25 3.25L13 4.5",
            Self::Chevron => "M4.5 6.25 8 9.75l3.5-3.5",
            Self::Arrow => "M3 8h9.5M9 4.5 12.5 8 9 11.5",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5.1v.1",
            Self::Warning => "M8 2.25 14.5 13.5h-13zM8 6.5v3M8 11.4v.1",
        }
    }
}

/// Draws an icon; `class` gives its size, 16 px if none.
#[component]
pub fn Draw(icon: Icon, #[prop(default = "size-4 shrink-0")] class: &'static str) -> impl IntoView {
    view! {
        <svg
            class=class
            viewBox="0 0 16 16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=icon.path() />
        </svg>
    }
}
