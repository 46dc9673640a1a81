//! `/confirm?token=`: where the link in a mail leads. Programs open links too, so that only
//! the button confirms.

use leptos::prelude::*;

use super::{
    actions::{Confirm, LinkKind, link_works},
    signing::SigningCard,
};
use crate::{
    routes,
    ui::{EmptyState, ErrorState, FormError, FormState, PostForm, Skeleton, Submit},
};

#[component]
pub fn ConfirmPage() -> impl IntoView {
    let form = FormState::of::<Confirm>("confirm", &[]);
    let token = routes::use_param("token");
    let works = Resource::new(move || token.get().unwrap_or_default(), |token| link_works(LinkKind::Confirm, token));
    view! {
        <SigningCard title="Confirm your address">
            <Suspense fallback=|| {
                view! { <Skeleton class="h-24" /> }
            }>
                {move || Suspend::new(async move {
                    match works.await {
                        Err(error) => view! { <ErrorState error=error /> }.into_any(),
                        Ok(false) => {
                            view! {
                                <EmptyState
                                    title="This link is too old"
                                    hint="It was used already, or is older than a day. Sign in, and we send another if one is needed."
                                >
                                    <a class="btn btn-primary" href=routes::SIGN_IN>
                                        "Sign in"
                                    </a>
                                </EmptyState>
                            }
                                .into_any()
                        }
                        Ok(true) => {
                            view! {
                                <PostForm form=form>
                                    <FormError form=form />
                                    <p class="text-muted">"One press, and this browser is signed in."</p>
                                    <input
                                        type="hidden"
                                        name="token"
                                        value=move || token.get().unwrap_or_default()
                                    />
                                    <Submit class="btn btn-primary w-full">
                                        "Confirm this address"
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
