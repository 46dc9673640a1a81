//! Sites: their keys, origins and templates, and the gate that admits their beacons.
//!
//! What visitors measured is `rum`'s, one floor up: deleting a project is announced through
//! [`crate::reactions`], and `rum` gives [`learn_templates`] the paths it has seen.

mod access;
mod check_site;
mod check_store;
mod deploy;
mod deploy_store;
mod house;
mod incident;
mod incident_store;
mod link_store;
mod memory;
mod project;
mod seen_page;
mod share_link;
mod site_key;
mod site_keys;
mod store;
mod template;
#[cfg(test)]
mod tests;

pub use access::authorize;
pub use check_site::{check_site, site_check};
pub use deploy::{add_deploy, deploys};
pub use house::{add_project, demo_project, ensure_demo_project, ensure_internal_project, internal_project, is_house};
pub use incident::{add_incident, happened, incidents};
pub use project::{
    Sight, allow_origin, create_project, delete_project, listed_project, project, projects, projects_after,
    remove_deleted, rename_project, set_origins, sight,
};
pub use share_link::{NewShareLink, OpenedLink, create_share_link, open_share_link, revoke_share_link, share_links};
pub use site_key::{revoke_site_key, rotate_site_key};
pub use site_keys::{Site, SiteKeys};
pub use template::{learn_templates, page_groups, set_templates, templates};
