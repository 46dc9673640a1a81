//! Stands for a page that needs an account, for whoever is not signed in.

use leptos::prelude::*;

use crate::{AppError, ui::ErrorState};

/// Leads to the sign-in page and back.
#[component]
pub fn SignedOut() -> impl IntoView {
    view! { <ErrorState error=AppError::Unauthenticated whole=true /> }
}
