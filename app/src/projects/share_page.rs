//! `/projects/{id}/share`: makes a link by which anybody sees one view. `public/dialog.js` shows
//! it in front of the view that is shared.

use domain::{
    ProjectId,
    projects::{ShareLifetime, SharedRoom, SharedView},
};
use leptos::prelude::*;

use super::actions::CreateShareLink;
use crate::{
    AppError,
    layout::{Crumb, Crumbs, PageHeader, PageTitle},
    routes, ssr,
    ui::{ErrorState, Field, FormError, FormState, Notice, PostForm, Select, Skeleton, Snippet, Submit, Tone, awaited},
};

/// The name of the project, for who may share it.
async fn read(project: ProjectId) -> Result<String, AppError> {
    let sight = engine::projects::sight(&ssr::engine()?, &ssr::actor().await?, project).await?;
    if sight.may_share { Ok(sight.name) } else { Err(AppError::Forbidden) }
}

#[component]
pub fn SharePage() -> impl IntoView {
    let project = routes::use_project().get_untracked();
    let room = routes::use_param("room").get_untracked().and_then(|word| SharedRoom::parse(&word));
    let shown = routes::use_param("view").get_untracked().unwrap_or_default();
    let body = move || {
        let shown = shown.clone();
        async move {
            let (Some(project), view) = (project, SharedView::new(room.unwrap_or(SharedRoom::Overview), &shown)) else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project).await.and_then(|name| Ok((name, view?))) {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok((name, shared)) => view! { <Share project=project name=name shared=shared /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-96 max-w-xl" /> }.into_any(), body)
}

#[component]
fn Share(project: ProjectId, name: String, shared: SharedView) -> impl IntoView {
    let form = FormState::of::<CreateShareLink>("share", &["name", "view"]);
    let made = form.told("link");
    if made.is_some() {
        ssr::keep_private();
    }
    let title = format!("Share: {}", shared.room.title());
    let crumbs = vec![Crumb::to(name, routes::overview(project)), Crumb::here("Share")];
    view! {
        <PageTitle title=title.clone() />
        <Crumbs of=crumbs />
        <PageHeader title=title />
        <div class="panel max-w-xl" data-dialog-body>
            {match made {
                Some(link) => view! { <Made link=link /> }.into_any(),
                None => {
                    view! {
                        <p class="mb-4 text-muted">
                            "Whoever has the link sees this page with its present filters, without signing in. They can choose another period and other filters of this page; they see no other page, no settings, and change nothing."
                        </p>
                        <PostForm form=form>
                            <FormError form=form />
                            <input type="hidden" name="project" value=project.to_string() />
                            <input type="hidden" name="room" value=shared.room.as_str() />
                            <input type="hidden" name="view" value=shared.search />
                            <Field
                                form=form
                                name="name"
                                label="Who it is for"
                                maxlength=80
                                placeholder="The people at Acme"
                                hint="For your own list of links. Whoever opens it does not see this."
                            />
                            <Select
                                form=form
                                name="lifetime"
                                label="Open"
                                options=ShareLifetime::ALL.map(|of| (of.as_str(), words(of))).to_vec()
                                value=ShareLifetime::default().as_str()
                            />
                            <div>
                                <Submit class="btn btn-primary btn-sm">"Make the link"</Submit>
                            </div>
                        </PostForm>
                    }
                        .into_any()
                }
            }} <p class="mt-4 text-xs text-muted">
                "All links of the project stand in its "
                <a class="link" href=routes::project_settings(project) + "#links">
                    "settings"
                </a> ", where they can be revoked."
            </p>
        </div>
    }
}

/// The new link, this once.
#[component]
fn Made(link: String) -> impl IntoView {
    view! {
        <div class="grid gap-3">
            <div tabindex="-1" autofocus>
                <Notice tone=Tone::Good>"The link is made. Copy it now: it is shown this once, and stored nowhere."</Notice>
            </div>
            <Snippet code=Signal::stored(link) label="Link to share" />
        </div>
    }
}

const fn words(of: ShareLifetime) -> &'static str {
    match of {
        ShareLifetime::Week => "For 7 days",
        ShareLifetime::Month => "For 30 days",
        ShareLifetime::Quarter => "For 90 days",
        ShareLifetime::Unlimited => "Until it is revoked",
    }
}
