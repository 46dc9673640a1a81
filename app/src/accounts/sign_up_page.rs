//! `/sign-up`.

use leptos::{form::ActionForm, prelude::*};

use super::{actions::SignUp, signing::SigningCard};
use crate::{
    routes,
    ui::{Field, FormError, FormState, Notice, Submit, Tone},
};

#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let form = FormState::of(action, "sign-up", &["name", "email", "password"]);
    let zone = RwSignal::new(String::new());
    Effect::new(move |_| zone.set(browser_time_zone()));
    view! {
        <SigningCard title="Create your account" hint="Free for one site. No card needed.">
            // Both halves stay in the page, so that what was typed survives a second try.
            <div class:hidden=move || !form.saved.get()>
                <Notice tone=Tone::Good>
                    <p class="font-medium">"Check your mail"</p>
                    <p>"Open the link in it to confirm the address. It works for 24 hours."</p>
                </Notice>
                <p class="mt-4 text-muted">"Nothing there? Look in the spam folder, or sign in to have it sent again."</p>
            </div>
            <div class:hidden=move || form.saved.get()>
                <ActionForm action=action attr:id="sign-up" attr:class="grid gap-4">
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
                    <input type="hidden" name="time_zone" prop:value=move || zone.get() />
                    <Submit form=form class="btn btn-primary w-full">
                        "Sign up"
                    </Submit>
                </ActionForm>
            </div>
            <p class="mt-5 text-muted">
                "Have an account? " <a class="link" href=routes::SIGN_IN>
                    "Sign in"
                </a>
            </p>
        </SigningCard>
    }
}

/// The IANA name of the browser's time zone.
#[cfg(feature = "hydrate")]
fn browser_time_zone() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_default()
}

#[cfg(not(feature = "hydrate"))]
fn browser_time_zone() -> String {
    String::new()
}
