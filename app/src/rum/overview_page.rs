//! `/projects/{id}`.

use leptos::prelude::*;

use super::figures::Figures;
use crate::{AppError, routes, ui::ErrorState};

#[component]
pub fn OverviewPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <Figures project=id demo=false /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}
