//! `/settings/security`: the password, and where one is signed in.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::actions::{ChangePassword, RevokeOtherSessions, RevokeSession, SessionLine, list_sessions};
use crate::{
    layout::{PageHeader, PageTitle},
    ui::{
        Badge, DataTable, ErrorState, Field, FormError, FormState, Panel, PostForm, Saved, Skeleton, Submit, awaited,
    },
};

#[component]
pub fn SecurityPage() -> impl IntoView {
    let form = FormState::of::<RevokeSession>("revoke-session", &[]);
    let others = FormState::of::<RevokeOtherSessions>("revoke-other-sessions", &[]);
    let sessions = Resource::new(|| (), |()| list_sessions());
    let list = move || async move {
        match sessions.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(lines) => view! { <Sessions lines=lines others=others /> }.into_any(),
        }
    };
    view! {
        <PageTitle title="Security" />
        <PageHeader title="Security" />
        <div class="grid max-w-3xl gap-4">
            <PasswordPanel />
            <Panel
                title="Where you are signed in"
                id="sessions"
                hint="A browser that was not used for 30 days is signed out by itself."
            >
                <FormError form=form />
                <FormError form=others />
                {awaited(|| view! { <Skeleton class="h-40" /> }.into_any(), list)}
                <Saved form=form words="That browser is signed out" />
            </Panel>
        </div>
    }
}

#[component]
fn PasswordPanel() -> impl IntoView {
    let form = FormState::of::<ChangePassword>("change-password", &["current_password", "new_password"]);
    view! {
        <Panel title="Password" id="password">
            <PostForm form=form class="grid max-w-md gap-4">
                <FormError form=form />
                <Field
                    form=form
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                />
                <Field
                    form=form
                    name="new_password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 8 characters. You are signed out everywhere else."
                />
                <div class="flex flex-wrap items-center gap-3">
                    <Submit class="btn btn-primary btn-sm">"Change the password"</Submit>
                    <Saved form=form words="Changed" />
                </div>
            </PostForm>
        </Panel>
    }
}

#[component]
fn Sessions(lines: Vec<SessionLine>, others: FormState) -> impl IntoView {
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
                                            <form class="contents" action=RevokeSession::PATH method="post">
                                                <input type="hidden" name="hash_hex" value=line.hash_hex />
                                                <button
                                                    class="btn btn-sm"
                                                    type="submit"
                                                    aria-label=format!("Sign out {name}")
                                                >
                                                    "Sign out"
                                                </button>
                                            </form>
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
        {(!alone)
            .then(|| {
                view! {
                    <PostForm form=others class="mt-4">
                        <Submit class="btn btn-sm">"Sign out everywhere else"</Submit>
                    </PostForm>
                }
            })}
        <Saved form=others words="Done: this browser is the only one" />
    }
}
