//! Sites: the list, making one, its tag, its settings.

pub mod actions;
#[cfg(feature = "ssr")]
mod content_policy;
#[cfg(feature = "ssr")]
mod finding_words;
#[cfg(feature = "ssr")]
pub mod install_page;
pub mod new_project_page;
#[cfg(feature = "ssr")]
pub mod projects_page;
#[cfg(feature = "ssr")]
mod proxy;
#[cfg(feature = "ssr")]
mod settings_deletion;
#[cfg(feature = "ssr")]
mod settings_keys;
#[cfg(feature = "ssr")]
mod settings_links;
#[cfg(feature = "ssr")]
pub mod settings_page;
#[cfg(feature = "ssr")]
mod settings_templates;
#[cfg(feature = "ssr")]
pub mod share_page;
pub mod tag;
#[cfg(feature = "ssr")]
mod waiting;
