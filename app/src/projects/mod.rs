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
mod settings_deletion;
mod settings_keys;
pub mod settings_page;
mod settings_templates;
pub mod tag;
#[cfg(feature = "ssr")]
mod waiting;
