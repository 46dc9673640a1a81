//! `/projects/new`.

use leptos::prelude::*;

use super::actions::CreateProject;
use crate::{
    layout::{PageHeader, PageTitle},
    ui::{Field, FormError, FormState, PostForm, Submit},
};

#[component]
pub fn NewProjectPage() -> impl IntoView {
    let form = FormState::of::<CreateProject>("new-project", &["name", "origin"]);
    view! {
        <PageTitle title="New project" />
        <PageHeader title="New project" hint="One project is one site." />
        <div class="panel max-w-lg">
            <PostForm form=form>
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
                    <Submit>"Create and get the tag"</Submit>
                </div>
            </PostForm>
        </div>
    }
}
