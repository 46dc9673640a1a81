//! The part of the settings about page groups.

use domain::projects::Template;
use leptos::prelude::*;

use super::actions::{ProjectSettings, Regrouped, SetTemplates, preview_templates};
use crate::{
    routes,
    ui::{
        Badge, DataTable, ErrorState, FormError, FormState, Panel, PostForm, Saved, Skeleton, Submit, TextArea, awaited,
    },
};

/// Templates, and what they would do to real paths. The preview is a view of its own address,
/// so that it works without scripts: the same form, sent by GET.
#[component]
pub fn PageGroupTemplates(settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of::<SetTemplates>("set-templates", &["templates"]);
    let id = settings.id;
    let lines = |templates: &[Template]| templates.iter().map(Template::as_str).collect::<Vec<_>>().join("\n");
    let asked = routes::use_param("templates").get_untracked();
    let value = asked.clone().unwrap_or_else(|| lines(&settings.templates.user));
    let preview = Resource::new(
        || (),
        move |()| {
            let asked = asked.clone();
            async move {
                match asked {
                    Some(templates) => Some(preview_templates(id, templates).await),
                    None => None,
                }
            }
        },
    );
    let rows = move || async move {
        preview
            .await
            .map(|preview| match preview {
                Err(error) => view! { <ErrorState error=error /> }.into_any(),
                Ok(rows) => view! { <Preview rows=rows /> }.into_any(),
            })
            .into_any()
    };
    view! {
        <Panel
            title="Page groups"
            id="page-groups"
            hint="Paths that differ in a number or a name are one page to a visitor. PerfAlly learns most of them; what you write here comes first. * stands for one part of a path, ** for all that follows."
        >
            <PostForm form=form>
                <FormError form=form />
                <input type="hidden" name="project" value=id.to_string() />
                <TextArea
                    form=form
                    name="templates"
                    label="Templates, one a line"
                    value=value
                    required=false
                    placeholder="/product/*"
                />
                <div class="flex flex-wrap items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Save"</Submit>
                    <button
                        class="btn btn-sm"
                        type="submit"
                        formmethod="get"
                        formaction=format!("{}#page-groups", routes::project_settings(id))
                    >
                        "Preview on real paths"
                    </button>
                    <Saved form=form />
                </div>
            </PostForm>
            <Learnt templates=settings.templates.learnt />
            {awaited(|| view! { <Skeleton class="mt-4 h-48" /> }.into_any(), rows)}
        </Panel>
    }
}

#[component]
fn Learnt(templates: Vec<Template>) -> impl IntoView {
    (!templates.is_empty()).then(|| {
        view! {
            <div class="mt-4">
                <h3 class="text-xs font-medium text-muted">"Learnt from your visitors' paths"</h3>
                <ul class="mt-1.5 flex flex-wrap gap-1.5">
                    {templates
                        .into_iter()
                        .map(|template| {
                            view! {
                                <li>
                                    <Badge>
                                        <code>{template.as_str().to_owned()}</code>
                                    </Badge>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        }
    })
}

#[component]
fn Preview(rows: Vec<Regrouped>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="mt-4 text-muted" role="status">"No page views in the last 28 days to try it on."</p> }.into_any();
    }
    let changed = rows.iter().filter(|row| row.now != row.then).count();
    view! {
        <div class="mt-4">
            <p class="mb-2 text-xs text-muted" role="status">
                {format!("{changed} of the {} newest paths would move to another group. Nothing is saved yet.", rows.len())}
            </p>
            <div class="max-h-80 overflow-y-auto">
                <DataTable caption="How real paths would be grouped">
                    <thead>
                        <tr>
                            <th scope="col">"Path"</th>
                            <th scope="col">"Group now"</th>
                            <th scope="col">"Group then"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows
                            .into_iter()
                            .map(|row| {
                                let moves = row.now != row.then;
                                view! {
                                    <tr>
                                        <th scope="row" class="max-w-56 truncate font-mono text-xs font-normal" title=row.path.clone()>
                                            {row.path.clone()}
                                        </th>
                                        <td class="max-w-48 truncate font-mono text-xs text-muted">{row.now}</td>
                                        <td class="max-w-48 truncate font-mono text-xs" class:font-semibold=moves class:text-muted=!moves>
                                            {row.then}
                                        </td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </DataTable>
            </div>
        </div>
    }
    .into_any()
}
