//! Where one can go in the house: the rooms of a project, and those of an account. The rail, the
//! bars of phones and the palette are made of it.

use domain::ProjectId;

use crate::{routes, ui::Icon};

/// One place to go.
#[derive(Debug, Clone)]
pub struct Place {
    pub words: &'static str,
    pub icon: Icon,
    pub href: String,
    /// The key that leads there, after G.
    pub key: &'static str,
    /// Whether it shows figures: then the period and the filters of the page before are taken along.
    pub keeps_view: bool,
}

impl Place {
    /// For `aria-current`: whether the page at `path` is this place, or is below it.
    pub fn current(&self, path: &str) -> Option<&'static str> {
        if path == self.href {
            return Some("page");
        }
        let below = self.key == "p" && path.strip_prefix(&self.href).is_some_and(|rest| rest.starts_with('/'));
        below.then_some("true")
    }
}

/// The rooms of a project, those used most first.
pub fn rooms(id: ProjectId) -> Vec<Place> {
    let figures = |words, icon, href, key| Place { words, icon, href, key, keeps_view: true };
    let about = |words, icon, href, key| Place { words, icon, href, key, keeps_view: false };
    vec![
        figures("Overview", Icon::Overview, routes::overview(id), "o"),
        figures("Pages", Icon::Pages, routes::pages(id), "p"),
        figures("Fix list", Icon::Fix, routes::fix(id), "f"),
        figures("Changes", Icon::Changes, routes::changes(id), "c"),
        figures("Custom metrics", Icon::Gauge, routes::metrics(id), "m"),
        about("Live", Icon::Live, routes::live(id), "l"),
        about("Data health", Icon::Health, routes::health(id), "h"),
        about("Install", Icon::Install, routes::install(id), "i"),
        about("Settings", Icon::Settings, routes::project_settings(id), "s"),
    ]
}

/// The rooms of an account.
pub fn account() -> Vec<Place> {
    let place = |words, icon, href: &str, key| Place { words, icon, href: href.to_owned(), key, keeps_view: false };
    vec![
        place("Projects", Icon::Projects, routes::PROJECTS, "a"),
        place("Profile", Icon::Person, routes::PROFILE, "u"),
        place("Security", Icon::Lock, routes::SECURITY, "x"),
        place("API keys", Icon::Key, routes::API_KEYS, "k"),
    ]
}
