//! `/reset-password?token=`: where the link in a mail leads. Opening it changes nothing.

use leptos::prelude::*;

use super::{
    actions::{LinkKind, ResetPassword, link_works},
    signing::SigningCard,
};
use crate::{
    routes,
    ui::{EmptyState, ErrorState, Field, FormError, FormState, PostForm, Skeleton, Submit},
};

#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let form = FormState::of::<ResetPassword>("reset-password", &["password"]);
    let token = routes::use_param("token");
    let works = Resource::new(move || token.get().unwrap_or_default(), |token| link_works(LinkKind::Reset, token));
    view! {
        <SigningCard title="Choose a new password">
            <Suspense fallback=|| {
                view! { <Skeleton class="h-36" /> }
            }>
                {move || Suspend::new(async move {
                    match works.await {
                        Err(error) => view! { <ErrorState error=error /> }.into_any(),
                        Ok(false) => {
                            view! {
                                <EmptyState
                                    title="This link is too old"
                                    hint="Links to choose a password work once, for one hour."
                                >
                                    <a class="btn btn-primary" href=routes::FORGOT_PASSWORD>
                                        "Send another"
                                    </a>
                                </EmptyState>
                            }
                                .into_any()
                        }
                        Ok(true) => {
                            view! {
                                <PostForm form=form>
                                    <FormError form=form />
                                    <input
                                        type="hidden"
                                        name="token"
                                        value=move || token.get().unwrap_or_default()
                                    />
                                    <Field
                                        form=form
                                        name="password"
                                        label="New password"
                                        kind="password"
                                        autocomplete="new-password"
                                        hint="At least 8 characters. You are signed out everywhere else."
                                    />
                                    <Submit class="btn btn-primary w-full">
                                        "Save and sign in"
                                    </Submit>
                                </PostForm>
                            }
                                .into_any()
                        }
                    }
                })}
            </Suspense>
        </SigningCard>
    }
}
