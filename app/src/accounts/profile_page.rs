//! `/settings/profile`: name, time zone, address.

use leptos::prelude::*;

use super::actions::{ChangeEmail, Profile, UpdateProfile, read_profile};
use crate::{
    layout::{PageHeader, PageTitle},
    ui::{ErrorState, Field, FormError, FormState, Panel, PostForm, Saved, Skeleton, Submit, awaited},
};

#[component]
pub fn ProfilePage() -> impl IntoView {
    let profile = Resource::new(|| (), |()| read_profile());
    let body = move || async move {
        match profile.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(profile) => {
                let email = profile.email.clone();
                view! {
                    <div class="grid max-w-2xl gap-4">
                        <YouPanel profile=profile />
                        <AddressPanel email=email />
                    </div>
                }
                .into_any()
            }
        }
    };
    view! {
        <PageTitle title="Profile" />
        <PageHeader title="Profile" />
        {awaited(|| view! { <Skeleton class="h-96 max-w-2xl" /> }.into_any(), body)}
    }
}

#[component]
fn YouPanel(profile: Profile) -> impl IntoView {
    let form = FormState::of::<UpdateProfile>("profile", &["name", "time_zone"]);
    // Six hundred names that nothing else needs to know of: plain HTML, not six hundred views.
    let zones: String =
        profile.time_zones.split(' ').map(|zone| format!("<option value=\"{zone}\"></option>")).collect();
    view! {
        <Panel title="You" id="you">
            <PostForm form=form class="grid max-w-md gap-4">
                <FormError form=form />
                <Field form=form name="name" label="Your name" autocomplete="name" maxlength=80 value=profile.name />
                <Field
                    form=form
                    name="time_zone"
                    label="Time zone"
                    value=profile.time_zone
                    list="time-zones"
                    hint="Days and hours on charts and in reports follow it."
                />
                <datalist id="time-zones" inner_html=zones></datalist>
                <div class="flex items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Save"</Submit>
                    <Saved form=form />
                </div>
            </PostForm>
        </Panel>
    }
}

#[component]
fn AddressPanel(email: String) -> impl IntoView {
    let form = FormState::of::<ChangeEmail>("change-email", &["email", "current_password"]);
    view! {
        <Panel title="E-mail address" id="address" hint=format!("You sign in with {email}.")>
            <PostForm form=form class="grid max-w-md gap-4">
                <FormError form=form />
                <Field form=form name="email" label="New address" kind="email" autocomplete="email" />
                <Field
                    form=form
                    name="current_password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    hint="To be sure that it is you."
                />
                <div class="flex flex-wrap items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Change the address"</Submit>
                    <Saved form=form words="Open the link in the mail to the new address. Until then the old one stays." />
                </div>
            </PostForm>
        </Panel>
    }
}
