//! What a form knows beside its fields: what was refused, what was kept, whether it is on its way.
//!
//! A form works with and without scripts. With them, its action answers in place. Without,
//! the server function redirects back to the page, and what it has to say travels in a cookie
//! that is read once ([`FlashData`]). It never travels in the address, where anybody could make
//! our pages say anything.

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
    /// What was typed, by field; never a password.
    pub kept: Vec<(String, String)>,
}

/// The flash of this page, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Flash(RwSignal<Option<FlashData>>);

impl Flash {
    pub fn provide(data: Option<FlashData>) {
        provide_context(Self(RwSignal::new(data)));
    }

    /// Forgets it; the next page must not show it again.
    pub fn clear(self) {
        self.0.set(None);
    }

    fn of(form: &str) -> Option<FlashData> {
        use_context::<Self>()?.0.get_untracked().filter(|flash| flash.form == form)
    }
}

/// One form's state; made by the page, handed to the fields.
#[derive(Clone, Copy)]
pub struct FormState {
    /// Id of the form element, and the beginning of its fields' ids.
    pub id: &'static str,
    pub error: Signal<Option<AppError>>,
    /// Whether it worked last time.
    pub saved: Signal<bool>,
    pub pending: Signal<bool>,
    fields: &'static [&'static str],
    kept: StoredValue<Vec<(String, String)>>,
}

impl FormState {
    /// Watches `action`. `fields` are the names that show their own errors; any other error
    /// is shown by [`FormError`].
    pub fn of<S>(action: ServerAction<S>, id: &'static str, fields: &'static [&'static str]) -> Self
    where
        S: ServerFn<Error = AppError> + Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        let flash = Flash::of(S::PATH);
        let kept = StoredValue::new(flash.as_ref().map(|flash| flash.kept.clone()).unwrap_or_default());
        let flash = StoredValue::new(flash);
        let (value, version, pending) = (action.value(), action.version(), action.pending());
        let error = Signal::derive(move || {
            if version.get() == 0 {
                return flash.with_value(|flash| flash.as_ref().and_then(|flash| flash.error.clone()));
            }
            value.with(|value| value.as_ref().and_then(|value| value.as_ref().err().cloned()))
        });
        let saved = Signal::derive(move || {
            if version.get() == 0 {
                return flash.with_value(|flash| flash.as_ref().is_some_and(|flash| flash.error.is_none()));
            }
            value.with(|value| matches!(value, Some(Ok(_))))
        });
        let form = Self { id, error, saved, pending: pending.into(), fields, kept };
        Effect::new(move |_| {
            if version.get() > 0 && error.with(Option::is_some) {
                form.focus_error();
            }
        });
        form
    }

    /// Empties the form once it has worked, for what nobody wants to send twice.
    pub fn cleared_when_saved(self) -> Self {
        Effect::new(move |_| {
            if self.saved.get() {
                #[cfg(feature = "hydrate")]
                {
                    use wasm_bindgen::JsCast;
                    let form = document().get_element_by_id(self.id);
                    if let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) {
                        form.reset();
                    }
                }
            }
        });
        self
    }

    /// The words at a field, if it was refused.
    pub fn error_at(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.error
                .with(|error| error.as_ref().filter(|error| error.field() == Some(field)).map(ToString::to_string))
        })
    }

    /// What was typed before the page came back.
    pub fn kept(self, field: &str) -> Option<String> {
        self.kept.with_value(|kept| kept.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone()))
    }

    /// The id of a field.
    pub fn field_id(self, field: &str) -> String {
        format!("{}-{field}", self.id)
    }

    /// The error that no field shows.
    fn error_of_form(self) -> Option<AppError> {
        self.error.get().filter(|error| !error.field().is_some_and(|field| self.fields.contains(&field)))
    }

    /// Leads the keyboard to what must be mended.
    fn focus_error(self) {
        #[cfg(feature = "hydrate")]
        {
            use wasm_bindgen::JsCast;
            let at = self.error.with_untracked(|error| {
                error
                    .as_ref()
                    .and_then(AppError::field)
                    .filter(|field| self.fields.contains(field))
                    .map(|field| self.field_id(field))
            });
            let id = at.unwrap_or_else(|| self.field_id("error"));
            request_animation_frame(move || {
                let element = document().get_element_by_id(&id);
                if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                    _ = element.focus();
                }
            });
        }
    }
}

/// What is wrong with the form as a whole.
#[component]
pub fn FormError(form: FormState) -> impl IntoView {
    view! {
        <div class="empty:hidden" id=form.field_id("error") tabindex="-1">
            {move || {
                form.error_of_form()
                    .map(|error| {
                        view! {
                            <Notice tone=Tone::Error role="alert">
                                {error.to_string()}
                            </Notice>
                        }
                    })
            }}
        </div>
    }
}

/// Says that it worked, beside the button.
#[component]
pub fn Saved(form: FormState, #[prop(default = "Saved")] words: &'static str) -> impl IntoView {
    view! {
        <span class="text-sm text-good" role="status">
            {move || form.saved.get().then_some(words)}
        </span>
    }
}
