//! `/forgot-password`.

use leptos::prelude::*;

use super::{actions::ForgotPassword, signing::SigningCard};
use crate::{
    routes,
    ui::{Field, FormError, FormState, Notice, PostForm, Submit, Tone},
};

#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let form = FormState::of::<ForgotPassword>("forgot-password", &["email"]);
    let body = if form.saved() {
        view! {
            <Notice tone=Tone::Good>
                <p class="font-medium">"Check your mail"</p>
                <p>"If the address has an account, a link is on its way. It works for one hour."</p>
            </Notice>
        }
        .into_any()
    } else {
        view! {
            <PostForm form=form>
                <FormError form=form />
                <Field form=form name="email" label="E-mail address" kind="email" autocomplete="username" />
                <Submit class="btn btn-primary w-full">"Send the link"</Submit>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <SigningCard title="Choose a new password" hint="We send you a link to do so.">
            {body}
            <p class="mt-5 text-muted">
                <a class="link" href=routes::SIGN_IN>
                    "Back to signing in"
                </a>
            </p>
        </SigningCard>
    }
}
