//! `/projects/new`.

use leptos::{form::ActionForm, prelude::*};

use super::actions::CreateProject;
use crate::{
    layout::{PageHeader, PageTitle, use_viewer},
    ui::{Field, FormError, FormState, Submit},
};

#[component]
pub fn NewProjectPage() -> impl IntoView {
    let action = ServerAction::<CreateProject>::new();
    let form = FormState::of(action, "new-project", &["name", "origin"]);
    let refresh_frame = use_viewer();
    Effect::new(move |_| {
        if form.saved.get() {
            refresh_frame();
        }
    });
    view! {
        <PageTitle title="New project" />
        <PageHeader title="New project" hint="One project is one site." />
        <div class="panel max-w-lg">
            <ActionForm action=action attr:id="new-project" attr:class="grid gap-4">
                <FormError form=form />
                <Field form=form name="name" label="Name" maxlength=80 placeholder="Acme shop" />
                <Field
                    form=form
                    name="origin"
                    label="Address of the site"
                    placeholder="https://shop.example"
                    hint="Page views are taken from here only. More addresses can be added later."
                />
                <div>
                    <Submit form=form>"Create and get the tag"</Submit>
                </div>
            </ActionForm>
        </div>
    }
}
