//! `/sign-in`.

use leptos::prelude::*;

use super::{actions::SignIn, signing::SigningCard};
use crate::{
    routes,
    ui::{Field, FormError, FormState, PostForm, Submit},
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let form = FormState::of::<SignIn>("sign-in", &["email", "password"]);
    let next = routes::use_param("next");
    view! {
        <SigningCard title="Sign in">
            <PostForm form=form>
                <FormError form=form />
                <Field form=form name="email" label="E-mail address" kind="email" autocomplete="username" />
                <Field form=form name="password" label="Password" kind="password" autocomplete="current-password" />
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default() />
                <Submit class="btn btn-primary w-full">
                    "Sign in"
                </Submit>
            </PostForm>
            <div class="mt-5 flex flex-wrap justify-between gap-2 text-muted">
                <a class="link" href=routes::FORGOT_PASSWORD>
                    "Forgot the password?"
                </a>
                <a class="link" href=routes::SIGN_UP>
                    "Create an account"
                </a>
            </div>
        </SigningCard>
    }
}
