//! The part of the settings about site keys.

use domain::projects::Grace;
use leptos::prelude::*;
use server_fn::ServerFn;

use super::actions::{KeyLine, ProjectSettings, RevokeKey, RotateKey};
use crate::{
    routes,
    ui::{Badge, CopyButton, FormError, FormState, Panel, PostForm, Saved, Select, Submit},
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
            <PostForm form=form class="mt-4 grid max-w-md gap-4">
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
                <div class="flex flex-wrap items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Make a new key"</Submit>
                    <Saved form=form words="There is a new key: change the tag on the site" />
                    <a class="link ms-auto text-xs text-muted" href=routes::install(id)>
                        "The tag"
                    </a>
                </div>
            </PostForm>
        </Panel>
    }
}

#[component]
fn Key(line: KeyLine, project: domain::ProjectId, may_manage: bool) -> impl IntoView {
    let key = line.key.to_string();
    let revoked = key.clone();
    let in_grace = line.until.is_some();
    view! {
        <li class="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-field border border-line px-3 py-2">
            <code class="text-xs break-all">{key.clone()}</code>
            {match line.until {
                None => view! { <Badge>"Current"</Badge> }.into_any(),
                Some(until) => view! { <Badge>{format!("Valid until {until}")}</Badge> }.into_any(),
            }}
            <span class="text-xs text-muted">{format!("Made {}", line.since)}</span>
            <span class="ms-auto flex items-center gap-2">
                {(in_grace && may_manage)
                    .then(|| {
                        view! {
                            <form class="contents" action=RevokeKey::PATH method="post">
                                <input type="hidden" name="project" value=project.to_string() />
                                <input type="hidden" name="key" value=revoked.clone() />
                                <button class="btn btn-sm" type="submit">
                                    "End now"
                                </button>
                            </form>
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
