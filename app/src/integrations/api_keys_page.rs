//! `/settings/api-keys`: the keys by which programs read a team's data.

use domain::{
    ApiKeyId,
    integrations::{ApiMode, Lifetime, Scope},
};
use leptos::prelude::*;

use super::actions::{CreateApiKey, KeyLine, KeyState, RevokeApiKey, TeamKeys, list_api_keys};
use crate::{
    layout::{PageHeader, PageTitle},
    routes,
    ui::{
        Badge, DataTable, EmptyState, ErrorState, Field, FormError, FormState, Notice, Panel, PostForm, Saved, Select,
        Skeleton, Snippet, Submit, Time, Tone, awaited,
    },
};

#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let keys = Resource::new(|| (), |()| list_api_keys());
    let body = move || async move {
        match keys.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(teams) => view! { <Keys teams=teams /> }.into_any(),
        }
    };
    view! {
        <PageTitle title="API keys" />
        <PageHeader title="API keys" hint="By which programs read your data.">
            <a class="btn btn-sm" href=routes::DEVELOPERS>
                "What the API answers"
            </a>
        </PageHeader>
        {awaited(|| view! { <Skeleton class="h-[32rem] max-w-4xl" /> }.into_any(), body)}
    }
}

#[component]
fn Keys(teams: Vec<TeamKeys>) -> impl IntoView {
    let revoking = FormState::of::<RevokeApiKey>("revoke-api-key", &[]);
    let asked: Option<ApiKeyId> = routes::use_param("revoke").get_untracked().and_then(|id| id.parse().ok());
    let several = teams.len() > 1;
    let choices: Vec<_> = teams.iter().map(|of| (of.team.to_string(), of.name.clone())).collect();
    view! {
        <div class="grid max-w-4xl gap-4">
            <NewKey teams=choices />
            <Panel title="Keys" id="keys" hint="A key ends with the membership of who made it. Revoked ones are listed for 30 days.">
                <FormError form=revoking />
                <Saved form=revoking words="Revoked: it opens nothing any more" />
                {teams
                    .into_iter()
                    .map(|of| {
                        view! {
                            {several.then(|| view! { <h3 class="mt-4 mb-1 text-sm">{of.name.clone()}</h3> })}
                            <List of=of asked=asked />
                        }
                    })
                    .collect_view()}
            </Panel>
        </div>
    }
}

/// The form, and the key that it made a moment ago.
#[component]
fn NewKey(teams: Vec<(String, String)>) -> impl IntoView {
    let form = FormState::of::<CreateApiKey>("new-key", &["name", "scopes"]);
    let made = form.told("key");
    #[cfg(feature = "ssr")]
    if made.is_some() {
        crate::ssr::keep_out_of_caches();
    }
    // As chosen before the page came back; all, at first.
    let chosen = form.kept("scopes");
    let scope = move |of: Scope| {
        let on = chosen.as_ref().is_none_or(|chosen| chosen.split(' ').any(|word| word == of.as_str()));
        view! {
            <label class="flex items-start gap-2.5">
                <input class="checkbox checkbox-sm mt-0.5" type="checkbox" name="scopes[]" value=of.as_str() checked=on />
                <span>
                    <span class="block">{of.words()}</span>
                    <code class="text-xs text-muted">{of.as_str()}</code>
                </span>
            </label>
        }
    };
    let scopes_error = form.error_at("scopes");
    view! {
        <Panel title="Make a key" id="new">
            {made
                .map(|key| {
                    view! {
                        <div class="mb-5 grid gap-3">
                            <Notice tone=Tone::Good>
                                "The key is made. Copy it now: it is shown this once, and stored nowhere."
                            </Notice>
                            <Snippet code=Signal::stored(key) label="API key" />
                        </div>
                    }
                })}
            <PostForm form=form class="grid max-w-xl gap-4">
                <FormError form=form />
                <Field form=form name="name" label="Name" maxlength=80 placeholder="CI" hint="What will use it." />
                {match &teams[..] {
                    [(team, _)] => view! { <input type="hidden" name="team" value=team.clone() /> }.into_any(),
                    _ => {
                        view! {
                            <div class="grid gap-1">
                                <label class="text-sm font-medium" for="new-key-team">
                                    "Team"
                                </label>
                                <select class="select w-full" id="new-key-team" name="team">
                                    {teams
                                        .into_iter()
                                        .map(|(team, name)| view! { <option value=team>{name}</option> })
                                        .collect_view()}
                                </select>
                            </div>
                        }
                            .into_any()
                    }
                }}
                <div class="grid gap-4 sm:grid-cols-2">
                    <Select
                        form=form
                        name="mode"
                        label="Kind"
                        options=vec![
                            (ApiMode::Live.as_str(), "Live: your team's data"),
                            (ApiMode::Test.as_str(), "Test: made-up data that never changes"),
                        ]
                        value=ApiMode::Live.as_str()
                    />
                    <Select
                        form=form
                        name="lifetime"
                        label="Ends"
                        options=Lifetime::ALL.map(|of| (of.as_str(), lifetime(of))).to_vec()
                        value=Lifetime::default().as_str()
                    />
                </div>
                <fieldset class="grid gap-2">
                    <legend class="mb-1 text-sm font-medium">"What it may do"</legend>
                    {Scope::ALL.map(scope).into_iter().collect_view()}
                    {scopes_error.map(|words| view! { <p class="text-xs text-poor">{words}</p> })}
                </fieldset>
                <div>
                    <Submit class="btn btn-primary btn-sm">"Make the key"</Submit>
                </div>
            </PostForm>
        </Panel>
    }
}

const fn lifetime(of: Lifetime) -> &'static str {
    match of {
        Lifetime::Unlimited => "When it is revoked",
        Lifetime::Month => "After 30 days",
        Lifetime::Quarter => "After 90 days",
        Lifetime::Year => "After a year",
    }
}

#[component]
fn List(of: TeamKeys, asked: Option<ApiKeyId>) -> impl IntoView {
    if of.keys.is_empty() {
        return view! {
            <EmptyState title="No keys yet" hint="Make one above, then send it with each request." />
        }
        .into_any();
    }
    let team = of.team.to_string();
    view! {
        <DataTable caption=format!("API keys of {}", of.name)>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Key"</th>
                    <th scope="col" class="hidden md:table-cell">
                        "Made"
                    </th>
                    <th scope="col" class="hidden sm:table-cell">
                        "Last used"
                    </th>
                    <th scope="col">
                        <span class="sr-only">"Revoke it"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {of
                    .keys
                    .into_iter()
                    .map(|line| {
                        let asked = asked == Some(line.id);
                        view! { <Line line=line team=team.clone() asked=asked /> }
                    })
                    .collect_view()}
            </tbody>
        </DataTable>
    }
    .into_any()
}

#[component]
fn Line(line: KeyLine, team: String, asked: bool) -> impl IntoView {
    let scopes = line.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let id = line.id.to_string();
    let is_open = matches!(line.state, KeyState::Open { .. });
    let state = match &line.state {
        KeyState::Open { until: None } => None,
        KeyState::Open { until: Some(until) } => Some(("Ends ", until.clone())),
        KeyState::RanOut { at } => Some(("Ran out ", at.clone())),
        KeyState::Revoked { at } => Some(("Revoked ", at.clone())),
    };
    let name = line.name;
    view! {
        <tr class:text-muted=!is_open>
            <th scope="row" class="font-medium">
                <span class="block">{name.clone()}</span>
                {state.map(|(words, at)| view! { <Badge>{words} <Time at=at /></Badge> })}
            </th>
            <td>
                <code class="block text-xs whitespace-nowrap">{line.hint}</code>
                <span class="text-xs text-muted">{scopes}</span>
            </td>
            <td class="hidden whitespace-nowrap text-muted md:table-cell">
                <Time at=line.created />
                <span class="block text-xs">{format!("by {}", line.made_by)}</span>
            </td>
            <td class="hidden whitespace-nowrap text-muted sm:table-cell">
                {match line.last_used {
                    Some(at) => view! { <Time at=at /> }.into_any(),
                    None => "Never".into_any(),
                }}
            </td>
            <td class="num">
                {(is_open && !asked)
                    .then(|| {
                        view! {
                            <a
                                class="btn btn-sm"
                                href=routes::with_params(routes::API_KEYS, [("revoke", id.clone())]) + "#revoke"
                                aria-label=format!("Revoke {name}")
                            >
                                "Revoke"
                            </a>
                        }
                    })}
                {(is_open && asked).then(|| view! { <Badge>"Revoke?"</Badge> })}
            </td>
        </tr>
        {(is_open && asked).then(|| view! { <Sure name=name team=team id=id.clone() /> })}
    }
}

/// Asks once more, in the row below the key.
#[component]
fn Sure(name: String, team: String, id: String) -> impl IntoView {
    let form = FormState::of::<RevokeApiKey>("sure", &[]);
    view! {
        <tr id="revoke">
            <td colspan="5">
                <Notice tone=Tone::Warning>
                    <p class="font-medium">{format!("Revoke {name}?")}</p>
                    <p>"What uses it is refused from the next request on. This cannot be undone."</p>
                    <PostForm form=form class="mt-2 flex flex-wrap gap-2">
                        <input type="hidden" name="team" value=team />
                        <input type="hidden" name="key" value=id />
                        <Submit class="btn btn-error btn-sm">"Revoke it"</Submit>
                        <a class="btn btn-sm" href=routes::API_KEYS.to_owned() + "#keys">
                            "Keep it"
                        </a>
                    </PostForm>
                </Notice>
            </td>
        </tr>
    }
}
