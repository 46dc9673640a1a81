//! Sites: the list, making one, its tag, its settings.

pub mod actions;
pub mod install_page;
pub mod new_project_page;
#[cfg(feature = "ssr")]
pub mod projects_page;
mod settings_deletion;
mod settings_keys;
pub mod settings_page;
mod settings_templates;
pub mod tag;
