//! The part of the settings that ends a project.

use leptos::prelude::*;

use super::actions::{DeleteProject, ProjectSettings};
use crate::{
    routes,
    ui::{Dialog, Field, FormError, FormState, Panel, PostForm, Submit},
};

/// A button, and a question that is answered by typing the name.
#[component]
pub fn Deletion(settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of::<DeleteProject>("delete-project", &["name"]);
    let page = routes::project_settings(settings.id);
    let open = routes::use_param("delete").get_untracked().is_some();
    view! {
        <Panel title="Delete the project" id="delete" hint="Its keys stop at once, its page views and figures are gone soon after. Nothing brings them back.">
            <Dialog
                id="delete-dialog"
                title=format!("Delete {}?", settings.name)
                opener="Delete the project …"
                opener_class="btn btn-sm btn-error btn-outline"
                href=format!("{}#delete", routes::with_params(&page, [("delete", "1".to_owned())]))
                open=open
                closed_href=page.clone()
            >
                <PostForm form=form>
                    <p class="text-muted">
                        "All that was measured is deleted. To be sure, type " <strong class="text-base-content">{settings.name.clone()}</strong> "."
                    </p>
                    <FormError form=form />
                    <input type="hidden" name="project" value=settings.id.to_string() />
                    <Field form=form name="name" label="Name of the project" />
                    <Submit class="btn btn-error">
                        "Delete it for good"
                    </Submit>
                </PostForm>
            </Dialog>
        </Panel>
    }
}
