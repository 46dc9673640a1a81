//! Fields: a label, a control, a hint, and the error, tied together for readers aloud.

use leptos::prelude::*;

use super::FormState;

/// A one-line field. What was typed before wins over `value`.
#[component]
pub fn Field(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] value: Option<String>,
    #[prop(optional)] hint: Option<&'static str>,
    /// What the browser may fill in, in HTML's words.
    #[prop(default = "off")]
    autocomplete: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional)] maxlength: Option<u32>,
    /// Id of a `<datalist>`.
    #[prop(optional)]
    list: Option<&'static str>,
) -> impl IntoView {
    let error = form.error_at(name);
    let refused = error.is_some();
    let id = form.field_id(name);
    let value = form.kept(name).or(value);
    // Addresses and passwords are not prose.
    let plain = matches!(kind, "email" | "password" | "url");
    view! {
        <div class="grid gap-1">
            <label class="text-sm font-medium" for=id.clone()>
                {label}
            </label>
            <input
                class="input w-full"
                class:input-error=refused
                id=id.clone()
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                placeholder=placeholder
                maxlength=maxlength.map(|most| most.to_string())
                list=list
                autofocus=refused
                autocapitalize=plain.then_some("none")
                spellcheck=plain.then_some("false")
                aria-invalid=refused.then_some("true")
                aria-describedby=format!("{id}-words")
            />
            <FieldWords id=id error=error hint=hint />
        </div>
    }
}

/// A field of several lines.
#[component]
pub fn TextArea(
    form: FormState,
    name: &'static str,
    label: &'static str,
    #[prop(into)] value: String,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let error = form.error_at(name);
    let refused = error.is_some();
    let id = form.field_id(name);
    let value = form.kept(name).unwrap_or(value);
    view! {
        <div class="grid gap-1">
            <label class="text-sm font-medium" for=id.clone()>
                {label}
            </label>
            <textarea
                class="textarea w-full font-mono text-xs leading-5"
                class:textarea-error=refused
                id=id.clone()
                name=name
                rows=rows.to_string()
                required=required
                placeholder=placeholder
                autofocus=refused
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=refused.then_some("true")
                aria-describedby=format!("{id}-words")
            >
                {value}
            </textarea>
            <FieldWords id=id error=error hint=hint />
        </div>
    }
}

/// A choice of few: value and words of each.
#[component]
pub fn Select(
    form: FormState,
    name: &'static str,
    label: &'static str,
    options: Vec<(&'static str, &'static str)>,
    #[prop(into)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    let id = form.field_id(name);
    let value = form.kept(name).unwrap_or(value);
    view! {
        <div class="grid gap-1">
            <label class="text-sm font-medium" for=id.clone()>
                {label}
            </label>
            <select class="select w-full" id=id.clone() name=name aria-describedby=format!("{id}-words")>
                {options
                    .into_iter()
                    .map(|(key, words)| {
                        view! {
                            <option value=key selected=key == value>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <FieldWords id=id error=form.error_at(name) hint=hint />
        </div>
    }
}

/// The error, or else the hint.
#[component]
fn FieldWords(id: String, error: Option<String>, hint: Option<&'static str>) -> impl IntoView {
    let (class, words) = match error {
        Some(error) => ("text-xs text-poor", Some(error)),
        None => ("text-xs text-muted", hint.map(str::to_owned)),
    };
    words.map(|words| {
        view! {
            <p class=class id=format!("{id}-words")>
                {words}
            </p>
        }
    })
}
