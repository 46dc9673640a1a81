//! The part of the settings about site keys.

use domain::projects::Grace;
use leptos::prelude::*;
use server_fn::ServerFn;

use super::actions::{KeyLine, ProjectSettings, RevokeKey, RotateKey};
use crate::{
    routes,
    ui::{Badge, Confirm, CopyButton, Dialog, FormError, FormState, Panel, PostForm, Saved, Select, Submit, Time},
};

/// The keys in use, and how to change them.
#[component]
pub fn Keys(settings: ProjectSettings) -> impl IntoView {
    let form = FormState::of::<RotateKey>("rotate-key", &["grace"]);
    let revoke_form = FormState::of::<RevokeKey>("revoke-key", &[]);
    let id = settings.id;
    view! {
        <Panel title="Site key" id="key" hint="It stands in the tag, so it is no secret: it allows sending only. Change it if somebody else sends with it.">
            <FormError form=revoke_form />
            <ul class="grid gap-2">
                {settings
                    .keys
                    .into_iter()
                    .map(|line| view! { <Key line=line project=id may_manage=settings.may_manage /> })
                    .collect_view()}
            </ul>
            <div class="mt-4 flex flex-wrap items-center gap-3">
                {settings.may_manage.then(|| view! { <Rotate form=form id=id /> })}
                <Saved form=form words="There is a new key: change the tag on the site" />
                <a class="link ms-auto text-xs text-muted" href=routes::install(id)>
                    "The tag"
                </a>
            </div>
        </Panel>
    }
}

/// The question before a new key is made, which sooner or later ends the present one.
#[component]
fn Rotate(form: FormState, id: domain::ProjectId) -> impl IntoView {
    let page = routes::project_settings(id);
    view! {
        <Dialog
            id="rotate-dialog"
            title="Make a new key?"
            opener="Make a new key …"
            href=routes::with_params(&page, [("rotate", "1".to_owned())]) + "#key"
            open=routes::use_param("rotate").get_untracked().is_some()
            closed_href=page + "#key"
        >
            <PostForm form=form>
                <p class="text-muted">
                    "The tag on every page of the site must carry the new key before the present one ends; page views with an ended key are refused."
                </p>
                <FormError form=form />
                <input type="hidden" name="project" value=id.to_string() />
                <Select
                    form=form
                    name="grace"
                    label="The key before stays valid for"
                    options=Grace::ALL.map(|grace| (word(grace), words(grace))).to_vec()
                    value=word(Grace::Week)
                    hint="Long enough for caches to forget the pages that carry it."
                />
                <div>
                    <Submit class="btn btn-primary btn-sm">"Make a new key"</Submit>
                </div>
            </PostForm>
        </Dialog>
    }
}

#[component]
fn Key(line: KeyLine, project: domain::ProjectId, may_manage: bool) -> impl IntoView {
    let key = line.key.to_string();
    let revoked = key.clone();
    let in_grace = line.until.is_some();
    let asked = routes::use_param("end").get_untracked().as_deref() == Some(&revoked);
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-field border border-line px-3 py-2">
            <code class="text-xs break-all">{key.clone()}</code>
            {match line.until {
                None => view! { <Badge>"Current"</Badge> }.into_any(),
                Some(until) => view! { <Badge>"Valid until " <Time at=until /></Badge> }.into_any(),
            }}
            <span class="text-xs text-muted">"Made " <Time at=line.since /></span>
            <span class="ms-auto flex items-center gap-2">
                {(in_grace && may_manage)
                    .then(|| {
                        view! {
                            <Confirm
                                id=format!("end-{revoked}")
                                title="End this key now?"
                                opener="End now"
                                label=format!("End the key {revoked} now")
                                href=routes::with_params(&routes::project_settings(project), [("end", revoked.clone())]) + "#key"
                                open=asked
                                closed_href=routes::project_settings(project) + "#key"
                                action=RevokeKey::PATH
                                fields=vec![("project", project.to_string()), ("key", revoked.clone())]
                                yes="End it"
                            >
                                "Page views that carry it are refused from the next moment on. Pages that caches still hold may carry it."
                            </Confirm>
                        }
                    })}
                <CopyButton text=Signal::stored(key.clone()) />
            </span>
        </li>
    }
}

/// As forms send it.
const fn word(grace: Grace) -> &'static str {
    match grace {
        Grace::None => "none",
        Grace::Day => "day",
        Grace::Week => "week",
        Grace::Month => "month",
    }
}

const fn words(grace: Grace) -> &'static str {
    match grace {
        Grace::None => "No longer: it ends at once",
        Grace::Day => "One day",
        Grace::Week => "One week",
        Grace::Month => "30 days",
    }
}
