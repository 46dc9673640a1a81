//! The icons: one stroke, 16 units square, drawn with the text's colour. Never the only sign.

use leptos::prelude::*;

/// What an icon means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Overview,
    Projects,
    Install,
    Settings,
    Person,
    Lock,
    SignOut,
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
            Self::Projects => "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
            Self::Install => "M5 4.5 1.5 8 5 11.5M11 4.5 14.5 8 11 11.5M9.25 2.5l-2.5 11",
            Self::Settings => {
                "M2 4.5h6.5M12.5 4.5H14M2 11.5h1.5M7.500 11.5H14M10.500 2.500a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM5.500 9.500a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"
            }
            Self::Person => {
                "M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8zM2.500 14c.5-2.500 2.700-4 5.500-4s5 1.500 5.500 4"
            }
            Self::Lock => "M3.500 7.500h9v6h-9zM5.250 7.500V5a2.750 2.750 0 0 1 5.500 0v2.500",
            Self::SignOut => "M6 2.500H3v11h3M10 5l3 3-3 3M13 8H6.500",
            Self::Sun => {
                "M8 10.750a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500zM8 1.500V2.750M8 13.250v1.250M1.500 8h1.250M13.250 8h1.250M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9"
            }
            Self::Moon => "M13.500 9.300A5.750 5.750 0 0 1 6.700 2.500a5.750 5.750 0 1 0 6.800 6.800z",
            Self::Screen => "M2 3h12v8H2zM5.500 13.500h5M8 11v2.500",
            Self::Copy => "M5.500 5.500h8v8h-8zM3.500 10.500h-1v-8h8v1",
            Self::Check => "M3 8.500l3.250 3.250L13 4.500",
            Self::Chevron => "M4.500 6.250 8 9.750l3.500-3.500",
            Self::Arrow => "M3 8h9.500M9 4.500 12.500 8 9 11.500",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500V11M8 5.100v.1",
            Self::Warning => "M8 2.250 14.500 13.500h-13zM8 6.500v3M8 11.400v.1",
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
