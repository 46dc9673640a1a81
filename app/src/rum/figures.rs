//! The figures of an overview as they live in the browser: HTML that the server makes, put in place anew when the
//! address changes or page views come. So of all that an overview shows, nothing but this is in the bundle.

use domain::ProjectId;
use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use leptos_router::hooks::use_location;

use super::live;
use crate::{
    AppError,
    layout::PageTitle,
    ui::{ErrorState, Skeleton, awaited, load},
};

#[cfg(feature = "hydrate")]
use super::actions::ReadFigures;

/// The element that holds them.
const ID: &str = "figures";

/// Everything below the frame: of a project's own page, or of the public demo.
#[component]
pub fn Figures(project: ProjectId, demo: bool) -> impl IntoView {
    let search = use_location().search;
    // Written with the page where it is made; in the browser it stands in the page already.
    let html = StoredValue::new(String::new());
    let first = first(project, demo, search, html);
    let stamp = StoredValue::new(String::new());
    let failed = RwSignal::new(None::<AppError>);
    let place = move || async move {
        match first.await.read::<(String, String)>() {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok((of, name)) => {
                stamp.try_set_value(of);
                view! {
                    <PageTitle title=name />
                    {move || failed.get().map(|error| view! { <ErrorState error=error /> })}
                    <div id=ID inner_html=html.get_value()></div>
                }
                .into_any()
            }
        }
    };
    look_on(project, demo, search, stamp, failed);
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), place)
}

type First = Resource<load::Answer, FromToStringCodec>;

/// What travels with the page: how to tell a change of the figures, and the project's name. Not the HTML once more.
#[cfg(feature = "ssr")]
fn first(project: ProjectId, demo: bool, search: Memo<String>, html: StoredValue<String>) -> First {
    Resource::new_str(
        || (),
        move |()| async move {
            let search = search.get_untracked();
            let figures =
                crate::ssr::read(super::overview::figures(project, super::overview::Stage::on(demo), &search, ""))
                    .await;
            load::Answer::of(figures.map(|figures| {
                let figures = figures.unwrap_or_default();
                html.set_value(figures.html);
                (figures.stamp, figures.name)
            }))
        },
    )
}

#[cfg(not(feature = "ssr"))]
fn first(_: ProjectId, _: bool, _: Memo<String>, _: StoredValue<String>) -> First {
    Resource::new_str(|| (), |()| async { load::Answer::none() })
}

/// Looks again every few seconds, and at once when the address asks for another view.
#[cfg(feature = "hydrate")]
fn look_on(
    project: ProjectId,
    demo: bool,
    search: Memo<String>,
    stamp: StoredValue<String>,
    failed: RwSignal<Option<AppError>>,
) {
    let show = move |unless: String| async move {
        let view = search.get_untracked();
        let answer = load::ask(&ReadFigures { project, demo, view: view.clone(), unless }).await;
        let asked_meanwhile = search.try_get_untracked() != Some(view);
        if let Some(figures) = answer?.filter(|_| !asked_meanwhile) {
            put(&figures.html);
            stamp.try_set_value(figures.stamp);
        }
        Ok::<_, AppError>(())
    };
    live::look_again(live::EVERY, move || async move {
        let shown = stamp.get_value();
        // What fails here fails quietly: the page keeps what it shows, and the next look may succeed.
        if !shown.is_empty() {
            _ = show(shown).await;
        }
    });
    Effect::watch(
        move || search.get(),
        move |_, _, _| {
            leptos::task::spawn_local(async move {
                let shown = show(String::new()).await;
                failed.try_set(shown.err());
            });
        },
        false,
    );
}

#[cfg(not(feature = "hydrate"))]
fn look_on(_: ProjectId, _: bool, _: Memo<String>, _: StoredValue<String>, _: RwSignal<Option<AppError>>) {
    live::look_again(live::EVERY, || async {});
}

/// Hands the HTML to `style/served.ts`, which keeps what is the reader's: focus, open tables, a chart's crosshair. Before it
/// has run, the browser loads the page whole.
#[cfg(feature = "hydrate")]
fn put(html: &str) {
    let told = web_sys::CustomEventInit::new();
    told.set_detail(&html.into());
    told.set_bubbles(true);
    told.set_cancelable(true);
    let event = web_sys::CustomEvent::new_with_event_init_dict("served", &told);
    let taken = document().get_element_by_id(ID).zip(event.ok()).map(|(place, event)| place.dispatch_event(&event));
    if !matches!(taken, Some(Ok(false))) {
        _ = window().location().reload();
    }
}
