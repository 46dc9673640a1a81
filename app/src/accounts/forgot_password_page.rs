//! `/forgot-password`.

use leptos::{form::ActionForm, prelude::*};

use super::{actions::ForgotPassword, signing::SigningCard};
use crate::{
    routes,
    ui::{Field, FormError, FormState, Notice, Submit, Tone},
};

#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let action = ServerAction::<ForgotPassword>::new();
    let form = FormState::of(action, "forgot-password", &["email"]);
    view! {
        <SigningCard title="Choose a new password" hint="We send you a link to do so.">
            <div class:hidden=move || !form.saved.get()>
                <Notice tone=Tone::Good>
                    <p class="font-medium">"Check your mail"</p>
                    <p>"If the address has an account, a link is on its way. It works for one hour."</p>
                </Notice>
            </div>
            <div class:hidden=move || form.saved.get()>
                <ActionForm action=action attr:id="forgot-password" attr:class="grid gap-4">
                    <FormError form=form />
                    <Field form=form name="email" label="E-mail address" kind="email" autocomplete="username" />
                    <Submit form=form class="btn btn-primary w-full">
                        "Send the link"
                    </Submit>
                </ActionForm>
            </div>
            <p class="mt-5 text-muted">
                <a class="link" href=routes::SIGN_IN>
                    "Back to signing in"
                </a>
            </p>
        </SigningCard>
    }
}
