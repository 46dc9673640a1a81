//! `/settings/profile`: name, time zone, address.

use leptos::{form::ActionForm, prelude::*};

use super::actions::{ChangeEmail, Profile, UpdateProfile, read_profile};
use crate::{
    layout::{PageHeader, PageTitle, use_viewer},
    ui::{ErrorState, Field, FormError, FormState, Panel, Saved, Skeleton, Submit},
};

#[component]
pub fn ProfilePage() -> impl IntoView {
    let update = ServerAction::<UpdateProfile>::new();
    let change = ServerAction::<ChangeEmail>::new();
    let profile = Resource::new(|| (), |()| read_profile());
    let refresh_frame = use_viewer();
    Effect::new(move |_| {
        if update.version().get() > 0 {
            refresh_frame();
        }
    });
    view! {
        <PageTitle title="Profile" />
        <PageHeader title="Profile" />
        <Suspense fallback=|| {
            view! { <Skeleton class="h-96 max-w-2xl" /> }
        }>
            {move || Suspend::new(async move {
                match profile.await {
                    Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                    Ok(profile) => {
                        view! {
                            <div class="grid max-w-2xl gap-4">
                                <YouPanel action=update profile=profile.clone() />
                                <AddressPanel action=change email=profile.email />
                            </div>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn YouPanel(action: ServerAction<UpdateProfile>, profile: Profile) -> impl IntoView {
    let form = FormState::of(action, "profile", &["name", "time_zone"]);
    // Six hundred names that nothing else needs to know of: plain HTML, not six hundred views.
    let zones: String =
        profile.time_zones.split(' ').map(|zone| format!("<option value=\"{zone}\"></option>")).collect();
    view! {
        <Panel title="You" id="you">
            <ActionForm action=action attr:id="profile" attr:class="grid max-w-md gap-4">
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
                    <Submit form=form class="btn btn-primary btn-sm">"Save"</Submit>
                    <Saved form=form />
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn AddressPanel(action: ServerAction<ChangeEmail>, email: String) -> impl IntoView {
    let form = FormState::of(action, "change-email", &["email", "password"]).cleared_when_saved();
    view! {
        <Panel title="E-mail address" id="address" hint=format!("You sign in with {email}.")>
            <ActionForm action=action attr:id="change-email" attr:class="grid max-w-md gap-4">
                <FormError form=form />
                <Field form=form name="email" label="New address" kind="email" autocomplete="email" />
                <Field
                    form=form
                    name="password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    hint="To be sure that it is you."
                />
                <div class="flex flex-wrap items-center gap-3">
                    <Submit form=form class="btn btn-primary btn-sm">"Change the address"</Submit>
                    <Saved form=form words="Open the link in the mail to the new address. Until then the old one stays." />
                </div>
            </ActionForm>
        </Panel>
    }
}
