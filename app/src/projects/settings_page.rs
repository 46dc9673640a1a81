//! `/projects/{id}/settings`.

use domain::ProjectId;
use leptos::prelude::*;

use super::{
    actions::{ProjectSettings, RenameProject, SetOrigins, read_settings},
    settings_deletion::Deletion,
    settings_keys::Keys,
    settings_links::Links,
    settings_templates::PageGroupTemplates,
};
use crate::{
    AppError,
    layout::{Crumb, Crumbs, PageHeader, PageTitle},
    routes,
    ui::{
        ErrorState, Field, FormError, FormState, Notice, Panel, PostForm, Saved, Skeleton, Submit, TextArea, Tone,
        awaited,
    },
};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <SettingsOf project=id /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}

#[component]
fn SettingsOf(project: ProjectId) -> impl IntoView {
    let settings = Resource::new(|| (), move |()| read_settings(project));
    let body = move || async move {
        match settings.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(settings) => view! {
                <Crumbs of=vec![Crumb::to(settings.name.clone(), routes::overview(project)), Crumb::here("Settings")] />
                <PageHeader title="Project settings" />
                <div class="grid max-w-3xl gap-4">
                    {(!settings.may_manage)
                        .then(|| {
                            view! {
                                <Notice tone=Tone::Info>
                                    "Your role lets you see these settings. An owner, admin or member can change them."
                                </Notice>
                            }
                        })}
                    <Name settings=settings.clone() />
                    <Origins settings=settings.clone() />
                    <Keys settings=settings.clone() />
                    <PageGroupTemplates settings=settings.clone() />
                    {settings.may_share.then(|| view! { <Links settings=settings.clone() /> })}
                    {settings.may_delete.then(|| view! { <Deletion settings=settings /> })}
                </div>
            }
            .into_any(),
        }
    };
    view! {
        <PageTitle title="Project settings" />
        {awaited(|| view! { <Skeleton class="h-[40rem] max-w-3xl" /> }.into_any(), body)}
    }
}

#[component]
fn Name(settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of::<RenameProject>("rename", &["name"]);
    view! {
        <Panel title="Name" id="name">
            <PostForm form=form class="grid max-w-md gap-4">
                <FormError form=form />
                <input type="hidden" name="project" value=settings.id.to_string() />
                <Field form=form name="name" label="Name of the project" value=settings.name maxlength=80 />
                <div class="flex items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Rename"</Submit>
                    <Saved form=form words="Renamed" />
                </div>
            </PostForm>
        </Panel>
    }
}

#[component]
fn Origins(settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of::<SetOrigins>("set-origins", &["origins"]);
    view! {
        <Panel
            title="Addresses of the site"
            id="origins"
            hint="Page views are taken from these only; all others are refused and counted."
        >
            <PostForm form=form>
                <FormError form=form />
                <input type="hidden" name="project" value=settings.id.to_string() />
                <TextArea
                    form=form
                    name="origins"
                    label="One a line"
                    value=settings.origins.join("\n")
                    placeholder="https://shop.example"
                    hint="https://*.shop.example stands for all subdomains, but not for shop.example itself."
                />
                <div class="flex items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Save"</Submit>
                    <Saved form=form />
                </div>
            </PostForm>
        </Panel>
    }
}
