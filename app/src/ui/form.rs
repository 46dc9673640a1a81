//! Forms: plain HTML that the browser sends by itself, with nothing to load first.
//!
//! The server function answers by leading back to the form's page, and what it has to say
//! travels in a cookie that is read once ([`FlashData`]). It never travels in the address,
//! where anybody could make our pages say anything.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::ServerFn;

use super::card::{Notice, Tone};
use crate::AppError;

/// What a form's answer leaves for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlashData {
    /// The server function's path.
    pub form: String,
    /// What was refused; `None` says that it worked.
    pub error: Option<AppError>,
    /// What was typed, by field; never a password. Where it worked, what the page shows this once.
    pub kept: Vec<(String, String)>,
}

impl FlashData {
    /// The form and the field of words that belong to no form of the page.
    pub const TOAST: &str = "toast";

    /// Those words.
    pub fn toast(&self) -> Option<&str> {
        let (_, words) = self.kept.iter().find(|(name, _)| self.form == Self::TOAST && name == Self::TOAST)?;
        Some(words)
    }
}

/// The flash of this page, if there is one.
#[derive(Debug, Clone)]
pub struct Flash(pub Option<FlashData>);

/// One form's state; made by the page, handed to the fields.
#[derive(Clone, Copy)]
pub struct FormState {
    /// Id of the form element, and the beginning of its fields' ids.
    pub id: &'static str,
    /// Where it is sent: the server function's path.
    pub action: &'static str,
    fields: &'static [&'static str],
    flash: StoredValue<Option<FlashData>>,
}

impl FormState {
    /// The form of the server function `F`. `fields` are the names that show their own errors;
    /// any other error is shown by [`FormError`].
    pub fn of<F: ServerFn>(id: &'static str, fields: &'static [&'static str]) -> Self {
        let flash = use_context::<Flash>().and_then(|Flash(flash)| flash).filter(|flash| flash.form == F::PATH);
        Self { id, action: F::PATH, fields, flash: StoredValue::new(flash) }
    }

    /// Whether it worked a moment ago.
    pub fn saved(self) -> bool {
        self.flash.with_value(|flash| flash.as_ref().is_some_and(|flash| flash.error.is_none()))
    }

    /// The words at a field, if it was refused.
    pub fn error_at(self, field: &str) -> Option<String> {
        self.error().filter(|error| error.field() == Some(field)).map(|error| error.to_string())
    }

    /// The error that no field shows.
    fn error_of_form(self) -> Option<AppError> {
        self.error().filter(|error| !error.field().is_some_and(|field| self.fields.contains(&field)))
    }

    fn error(self) -> Option<AppError> {
        self.flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.error.clone()))
    }

    /// What was typed before the page came back.
    pub fn kept(self, field: &str) -> Option<String> {
        if self.saved() { None } else { self.flashed(field) }
    }

    /// What came of it, to be shown this once.
    pub fn told(self, name: &str) -> Option<String> {
        if self.saved() { self.flashed(name) } else { None }
    }

    fn flashed(self, field: &str) -> Option<String> {
        self.flash.with_value(|flash| {
            let (_, value) = flash.as_ref()?.kept.iter().find(|(name, _)| name == field)?;
            Some(value.clone())
        })
    }

    /// The id of a field.
    pub fn field_id(self, field: &str) -> String {
        format!("{}-{field}", self.id)
    }
}

/// The form around its fields.
#[component]
pub fn PostForm(
    form: FormState,
    #[prop(default = "grid gap-4")] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class id=form.id action=form.action method="post">
            {children()}
        </form>
    }
}

/// What is wrong with the form as a whole.
#[component]
pub fn FormError(form: FormState) -> impl IntoView {
    form.error_of_form().map(|error| {
        view! {
            <div id=form.field_id("error") tabindex="-1" autofocus>
                <Notice tone=Tone::Error role="alert">
                    {error.to_string()}
                </Notice>
            </div>
        }
    })
}

/// Says that it worked, beside the button.
#[component]
pub fn Saved(form: FormState, #[prop(default = "Saved")] words: &'static str) -> impl IntoView {
    form.saved().then(|| {
        view! {
            <span class="text-sm text-good" role="status">
                {words}
            </span>
        }
    })
}
