//! `/projects/{id}`.

use leptos::prelude::*;

use super::overview::OverviewOf;
use crate::{AppError, routes, ui::ErrorState};

#[component]
pub fn OverviewPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <OverviewOf project=id base=routes::overview(id) /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}
