//! `/settings/security`: the password, and where one is signed in.

use leptos::{form::ActionForm, prelude::*};

use super::actions::{ChangePassword, RevokeOtherSessions, RevokeSession, SessionLine, list_sessions};
use crate::{
    layout::{PageHeader, PageTitle},
    ui::{Badge, DataTable, ErrorState, Field, FormError, FormState, Panel, Saved, Skeleton, Submit},
};

#[component]
pub fn SecurityPage() -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let revoke_others = ServerAction::<RevokeOtherSessions>::new();
    let change = ServerAction::<ChangePassword>::new();
    let form = FormState::of(revoke, "revoke-session", &[]);
    let others_form = FormState::of(revoke_others, "revoke-other-sessions", &[]);
    let sessions = Resource::new(
        move || (revoke.version().get(), revoke_others.version().get(), change.version().get()),
        |_| list_sessions(),
    );
    view! {
        <PageTitle title="Security" />
        <PageHeader title="Security" />
        <div class="grid max-w-3xl gap-4">
            <PasswordPanel action=change />
            <Panel title="Where you are signed in" id="sessions" hint="A browser that was not used for 30 days is signed out by itself.">
                <FormError form=form />
                <FormError form=others_form />
                <Transition fallback=|| {
                    view! { <Skeleton class="h-40" /> }
                }>
                    {move || Suspend::new(async move {
                        match sessions.await {
                            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                            Ok(lines) => {
                                view! { <Sessions lines=lines revoke=revoke revoke_others=revoke_others form=others_form /> }
                                    .into_any()
                            }
                        }
                    })}
                </Transition>
            </Panel>
        </div>
    }
}

#[component]
fn PasswordPanel(action: ServerAction<ChangePassword>) -> impl IntoView {
    let form = FormState::of(action, "change-password", &["current", "password"]).cleared_when_saved();
    view! {
        <Panel title="Password" id="password">
            <ActionForm action=action attr:id="change-password" attr:class="grid max-w-md gap-4">
                <FormError form=form />
                <Field
                    form=form
                    name="current"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                />
                <Field
                    form=form
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 8 characters. You are signed out everywhere else."
                />
                <div class="flex flex-wrap items-center gap-3">
                    <Submit form=form class="btn btn-primary btn-sm">"Change the password"</Submit>
                    <Saved form=form words="Changed" />
                </div>
            </ActionForm>
        </Panel>
    }
}

#[component]
fn Sessions(
    lines: Vec<SessionLine>,
    revoke: ServerAction<RevokeSession>,
    revoke_others: ServerAction<RevokeOtherSessions>,
    form: FormState,
) -> impl IntoView {
    let alone = lines.len() < 2;
    view! {
        <DataTable caption="Browsers that are signed in">
            <thead>
                <tr>
                    <th scope="col">"Browser"</th>
                    <th scope="col">"Last seen"</th>
                    <th scope="col" class="hidden sm:table-cell">
                        "Since"
                    </th>
                    <th scope="col">
                        <span class="sr-only">"End it"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {lines
                    .into_iter()
                    .map(|line| {
                        let name = if line.browser.is_empty() { "Unknown browser".to_owned() } else { line.browser };
                        view! {
                            <tr>
                                <th scope="row" class="font-medium">
                                    {name.clone()}
                                </th>
                                <td class="whitespace-nowrap text-muted">{line.last_seen}</td>
                                <td class="hidden whitespace-nowrap text-muted sm:table-cell">{line.since}</td>
                                <td class="num">
                                    {if line.here {
                                        view! { <Badge>"This browser"</Badge> }.into_any()
                                    } else {
                                        view! {
                                            <ActionForm action=revoke attr:class="contents">
                                                <input type="hidden" name="hash_hex" value=line.hash_hex />
                                                <button
                                                    class="btn btn-sm"
                                                    type="submit"
                                                    aria-label=format!("Sign out {name}")
                                                >
                                                    "Sign out"
                                                </button>
                                            </ActionForm>
                                        }
                                            .into_any()
                                    }}
                                </td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </DataTable>
        <div class="mt-4 flex flex-wrap items-center gap-3" class:hidden=move || alone && !form.saved.get()>
            <ActionForm action=revoke_others attr:class="contents">
                <Submit form=form class="btn btn-sm">
                    "Sign out everywhere else"
                </Submit>
            </ActionForm>
            <Saved form=form words="Done: this browser is the only one" />
        </div>
    }
}
