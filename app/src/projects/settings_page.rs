//! `/projects/{id}/settings`.

use domain::ProjectId;
use leptos::{form::ActionForm, prelude::*};

use super::{
    actions::{
        DeleteProject, ProjectSettings, RenameProject, RevokeKey, RotateKey, SetOrigins, SetTemplates, read_settings,
    },
    settings_deletion::Deletion,
    settings_keys::Keys,
    settings_templates::PageGroupTemplates,
};
use crate::{
    AppError,
    layout::{PageHeader, PageTitle, use_viewer},
    routes,
    ui::{ErrorState, Field, FormError, FormState, Notice, Panel, Saved, Skeleton, Submit, TextArea, Tone},
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
    let rename = ServerAction::<RenameProject>::new();
    let origins = ServerAction::<SetOrigins>::new();
    let rotate = ServerAction::<RotateKey>::new();
    let revoke = ServerAction::<RevokeKey>::new();
    let templates = ServerAction::<SetTemplates>::new();
    let delete = ServerAction::<DeleteProject>::new();
    // Only keys change what the page shows beside the forms, whose fields know what was typed.
    let settings =
        Resource::new(move || (rotate.version().get(), revoke.version().get()), move |_| read_settings(project));
    let refresh_frame = use_viewer();
    Effect::new(move |_| {
        if rename.version().get() > 0 || delete.version().get() > 0 {
            refresh_frame();
        }
    });
    view! {
        <PageTitle title="Project settings" />
        <PageHeader title="Project settings" />
        <Transition fallback=|| {
            view! { <Skeleton class="h-[40rem] max-w-3xl" /> }
        }>
            {move || Suspend::new(async move {
                match settings.await {
                    Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                    Ok(settings) => {
                        let keys = settings.clone();
                        view! {
                            <div class="grid max-w-3xl gap-4">
                                {(!settings.may_manage)
                                    .then(|| {
                                        view! {
                                            <Notice tone=Tone::Info>
                                                "Your role lets you see these settings. An owner, admin or member can change them."
                                            </Notice>
                                        }
                                    })}
                                <Name action=rename settings=settings.clone() />
                                <Origins action=origins settings=settings.clone() />
                                <Keys rotate=rotate revoke=revoke settings=keys />
                                <PageGroupTemplates action=templates settings=settings.clone() />
                                {settings.may_delete.then(|| view! { <Deletion action=delete settings=settings /> })}
                            </div>
                        }
                            .into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn Name(action: ServerAction<RenameProject>, settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of(action, "rename", &["name"]);
    view! {
        <Panel title="Name" id="name">
            <ActionForm action=action attr:id="rename" attr:class="grid max-w-md gap-4">
                <FormError form=form />
                <input type="hidden" name="project" value=settings.id.to_string() />
                <Field form=form name="name" label="Name of the project" value=settings.name maxlength=80 />
                <div class="flex items-center gap-3">
                    <Submit form=form class="btn btn-primary btn-sm">"Rename"</Submit>
                    <Saved form=form words="Renamed" />
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn Origins(action: ServerAction<SetOrigins>, settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of(action, "set-origins", &["origins"]);
    view! {
        <Panel
            title="Addresses of the site"
            id="origins"
            hint="Page views are taken from these only; all others are refused and counted."
        >
            <ActionForm action=action attr:id="set-origins" attr:class="grid gap-4">
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
                    <Submit form=form class="btn btn-primary btn-sm">"Save"</Submit>
                    <Saved form=form />
                </div>
            </ActionForm>
        </Panel>
    }
}
