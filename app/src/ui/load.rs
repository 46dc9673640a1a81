//! What a live page asks the server, and shows as it changes.
//!
//! One kind of resource for every question: what is asked is an address, what is answered is
//! text, and only the last step knows a type. Typed from end to end, each question would bring
//! tens of kilobytes of its own into the browser.

use std::{future::Future, marker::PhantomData, pin::Pin, str::FromStr, sync::Arc};

use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use serde::{Serialize, de::DeserializeOwned};
use server_fn::ServerFn;

use crate::{AppError, routes};

/// A server function that reads, and can be asked by GET.
pub trait Question: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned> + Send + 'static {
    /// Its arguments, by name.
    fn params(&self) -> Vec<(&'static str, String)>;
}

/// What the server said: the value as JSON, or the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Result<String, AppError>);

impl Answer {
    /// On the server: what a page says of itself.
    #[cfg(feature = "ssr")]
    pub fn of<T: Serialize>(said: Result<T, AppError>) -> Self {
        Self(said.and_then(|value| written(&value)))
    }

    /// In the browser, where what was said comes with the page, or not at all.
    #[cfg(not(feature = "ssr"))]
    pub const fn none() -> Self {
        Self(Err(AppError::Unreachable))
    }

    pub fn read<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        serde_json::from_str(self.0.as_ref().map_err(Clone::clone)?).map_err(|_| AppError::Unreachable)
    }
}

/// Asks once, in the browser.
pub async fn ask<Q: Question>(question: &Q) -> Result<Q::Output, AppError> {
    fetch(routes::with_params(Q::PATH, question.params())).await.read()
}

type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A question, its answer, and what is needed to ask again.
pub struct Load<Q> {
    address: Signal<String>,
    answer: Resource<Answer, FromToStringCodec>,
    /// The answer that the page shows.
    shown: StoredValue<Option<Answer>>,
    question: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Load<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Load<Q> {}

impl<Q: Question> Load<Q> {
    /// Asks, and asks anew whenever what `ask` reads has changed the question.
    pub fn new(ask: impl Fn() -> Q + Send + Sync + 'static) -> Self {
        let ask = Arc::new(ask);
        let address = {
            let ask = Arc::clone(&ask);
            Signal::derive(move || routes::with_params(Q::PATH, ask().params()))
        };
        #[cfg(feature = "ssr")]
        let answering: Arc<dyn Fn(String) -> Answering + Send + Sync> = Arc::new(move |_| {
            let question = untrack(|| ask());
            Box::pin(async move { Answer::of(Q::run_body(question).await) })
        });
        #[cfg(not(feature = "ssr"))]
        let answering: Arc<dyn Fn(String) -> Answering + Send + Sync> = Arc::new(|address| Box::pin(fetch(address)));
        Self { address, answer: answer(address, answering), shown: StoredValue::new(None), question: PhantomData }
    }

    /// The answer, once it is there.
    pub async fn get(self) -> Result<Q::Output, AppError> {
        let answer = self.answer.await;
        self.shown.try_set_value(Some(answer.clone()));
        answer.read()
    }

    /// Asks again, and shows the answer.
    pub fn refetch(self) {
        self.answer.refetch();
    }

    /// Asks again, and shows the answer if it is another; says whether it was. What fails here
    /// fails quietly: the page keeps what it shows, and the next look may succeed.
    pub async fn look(self) -> bool {
        let Some(address) = self.address.try_get_untracked() else { return false };
        let now = fetch(address.clone()).await;
        let asked_meanwhile = self.address.try_get_untracked() != Some(address);
        let same = self.shown.try_with_value(|shown| shown.as_ref() == Some(&now)).unwrap_or(true);
        if asked_meanwhile || now.0.is_err() || same {
            return false;
        }
        self.answer.try_set(Some(now));
        true
    }
}

fn answer(
    address: Signal<String>,
    answering: Arc<dyn Fn(String) -> Answering + Send + Sync>,
) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str(move || address.get(), move |address| answering(address))
}

#[cfg(feature = "ssr")]
fn written<T: Serialize>(value: &T) -> Result<String, AppError> {
    serde_json::to_string(value).map_err(|error| crate::ssr::internal(&error))
}

#[cfg(feature = "hydrate")]
async fn fetch(address: String) -> Answer {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    let answer = async move {
        let init = web_sys::RequestInit::new();
        let headers = web_sys::Headers::new().ok()?;
        headers.set("Accept", "application/json").ok()?;
        init.set_headers(&headers);
        let response = JsFuture::from(window().fetch_with_str_and_init(&address, &init)).await.ok()?;
        let response: web_sys::Response = response.dyn_into().ok()?;
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        if response.ok() { Some(Ok(text)) } else { serde_json::from_str(&text).ok().map(Err) }
    };
    // The browser has one thread; the type does not know.
    Answer(send_wrapper::SendWrapper::new(answer).await.unwrap_or(Err(AppError::Unreachable)))
}

#[cfg(not(feature = "hydrate"))]
async fn fetch(_: String) -> Answer {
    Answer(Err(AppError::Unreachable))
}

/// As it travels with the page: a sign, then JSON.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Ok(value) => write!(f, "+{value}"),
            Err(error) => write!(f, "-{}", serde_json::to_string(error).map_err(|_| std::fmt::Error)?),
        }
    }
}

impl FromStr for Answer {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_at_checked(1) {
            Some(("+", value)) => Ok(Self(Ok(value.to_owned()))),
            Some(("-", error)) => {
                serde_json::from_str(error).map(|error| Self(Err(error))).map_err(|_| AppError::Unreachable)
            }
            _ => Err(AppError::Unreachable),
        }
    }
}

/// A part of a page that waits for its answers: `skeleton` at the first time, and the part as
/// it was while it waits again.
pub fn awaited<F>(skeleton: fn() -> AnyView, view: impl Fn() -> F + Send + Sync + 'static) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    erased(skeleton, Arc::new(move || Box::pin(view()) as Drawing))
}

type Drawing = Pin<Box<dyn Future<Output = AnyView> + Send>>;

fn erased(skeleton: fn() -> AnyView, view: Arc<dyn Fn() -> Drawing + Send + Sync>) -> AnyView {
    view! { <Transition fallback=skeleton>{move || Suspend::new(view())}</Transition> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_travels_with_the_page() {
        for answer in [
            Answer(Ok(r#"{"name":"Straße <b>"}"#.to_owned())),
            Answer(Ok("null".to_owned())),
            Answer(Err(AppError::NotFound)),
            Answer(Err(AppError::Throttled { retry_after_seconds: 7 })),
        ] {
            assert_eq!(answer.to_string().parse(), Ok(answer));
        }
        assert!("".parse::<Answer>().is_err());
    }
}
