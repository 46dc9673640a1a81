//! `/settings/security`: the password, and where one is signed in.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::actions::{ChangePassword, RevokeOtherSessions, RevokeSession, SessionLine, list_sessions};
use crate::{
    layout::{PageHeader, PageTitle},
    routes,
    ui::{
        Badge, Confirm, DataTable, ErrorState, Field, FormError, FormState, Panel, PostForm, Saved, Skeleton, Submit,
        Time, awaited,
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
    let asked = routes::use_param("end").get_untracked();
    let asked_of_all = asked.as_deref() == Some("others");
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
                                <td class="text-muted">
                                    <Time at=line.last_seen />
                                </td>
                                <td class="hidden text-muted sm:table-cell">
                                    <Time at=line.since />
                                </td>
                                <td class="num">
                                    {if line.here {
                                        view! { <Badge>"This browser"</Badge> }.into_any()
                                    } else {
                                        let asked = asked.as_deref() == Some(&line.hash_hex);
                                        let sure = routes::with_params(routes::SECURITY, [("end", line.hash_hex.clone())]);
                                        view! {
                                            <Confirm
                                                id=format!("end-{}", line.hash_hex)
                                                title=format!("Sign out {name}?")
                                                opener="Sign out"
                                                label=format!("Sign out {name}")
                                                href=sure + "#sessions"
                                                open=asked
                                                closed_href=routes::SECURITY.to_owned() + "#sessions"
                                                action=RevokeSession::PATH
                                                fields=vec![("hash_hex", line.hash_hex)]
                                                yes="Sign it out"
                                            >
                                                "Whoever uses that browser has to sign in again. What was typed there and not saved is lost."
                                            </Confirm>
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
                    <div class="mt-4">
                        <Confirm
                            id="end-others"
                            title="Sign out everywhere else?"
                            opener="Sign out everywhere else"
                            label="Sign out everywhere else"
                            href=routes::with_params(routes::SECURITY, [("end", "others".to_owned())]) + "#sessions"
                            open=asked_of_all
                            closed_href=routes::SECURITY.to_owned() + "#sessions"
                            action=RevokeOtherSessions::PATH
                            fields=Vec::new()
                            yes="Sign them out"
                        >
                            "Every browser but this one has to sign in again."
                        </Confirm>
                    </div>
                }
            })}
        <Saved form=others words="Done: this browser is the only one" />
    }
}
