//! `/sign-up`.

use leptos::prelude::*;

use super::{actions::SignUp, signing::SigningCard};
use crate::{
    routes,
    ui::{Field, FormError, FormState, Notice, PostForm, Submit, Tone},
};

#[component]
pub fn SignUpPage() -> impl IntoView {
    let form = FormState::of::<SignUp>("sign-up", &["name", "email", "password"]);
    let body = if form.saved() {
        view! {
            <Notice tone=Tone::Good>
                <p class="font-medium">"Check your mail"</p>
                <p>"Open the link in it to confirm the address. It works for 24 hours."</p>
            </Notice>
            <p class="mt-4 text-muted">"Nothing there? Look in the spam folder, or sign in to have it sent again."</p>
        }
        .into_any()
    } else {
        view! {
            <PostForm form=form>
                <FormError form=form />
                <Field form=form name="name" label="Your name" autocomplete="name" maxlength=80 />
                <Field form=form name="email" label="E-mail address" kind="email" autocomplete="email" />
                <Field
                    form=form
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    hint="At least 8 characters. A few words in a row are easy to remember and hard to guess."
                />
                // Filled in by `public/page.js`.
                <input type="hidden" name="time_zone" />
                <Submit class="btn btn-primary w-full">"Sign up"</Submit>
            </PostForm>
        }
        .into_any()
    };
    view! {
        <SigningCard title="Create your account" hint="Free for one site. No card needed.">
            {body}
            <p class="mt-5 text-muted">
                "Have an account? " <a class="link" href=routes::SIGN_IN>
                    "Sign in"
                </a>
            </p>
        </SigningCard>
    }
}
