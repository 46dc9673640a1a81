//! `/go`: every place that one can go to, found by a part of its name. `public/palette.js` shows
//! it in front of any page, and finds while one types.

use domain::ProjectId;
use leptos::prelude::*;

use super::{
    PageHeader, PageTitle, Viewer,
    place::{Place, account, rooms},
    signed_out::SignedOut,
};
use crate::{
    routes, ssr,
    ui::icon::{Draw, Icon},
};

/// Places under one heading.
struct Group {
    title: String,
    places: Vec<(String, Icon, String)>,
}

fn groups(viewer: &Viewer, project: Option<ProjectId>) -> Vec<Group> {
    let named = |place: Place| (place.words.to_owned(), place.icon, place.href);
    // Only a project that is one's own has rooms to go to.
    let here = viewer
        .projects
        .iter()
        .find(|entry| project == Some(entry.id))
        .map(|entry| Group { title: entry.name.clone(), places: rooms(entry.id).into_iter().map(named).collect() });
    let projects = Group {
        title: "Projects".to_owned(),
        places: viewer
            .projects
            .iter()
            .map(|entry| (entry.name.clone(), Icon::Overview, routes::overview(entry.id)))
            .chain([("New project".to_owned(), Icon::Plus, routes::NEW_PROJECT.to_owned())])
            .collect(),
    };
    let account = Group {
        title: "Account".to_owned(),
        places: account()
            .into_iter()
            .map(named)
            .chain([("API for developers".to_owned(), Icon::Install, routes::DEVELOPERS.to_owned())])
            .collect(),
    };
    here.into_iter().chain([projects, account]).collect()
}

/// Whether all words that were typed stand in the place's name, or in that of its group.
fn is_meant(typed: &str, group: &str, place: &str) -> bool {
    let name = format!("{group} {place}").to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| name.contains(word))
}

#[component]
pub fn GoPage() -> impl IntoView {
    let Some(viewer) = ssr::viewer() else { return SignedOut().into_any() };
    let project = routes::use_param("project").get_untracked().and_then(|id| id.parse().ok());
    let typed = routes::use_param("q").get_untracked().unwrap_or_default();
    let groups: Vec<Group> = groups(&viewer, project)
        .into_iter()
        .map(|mut group| {
            group.places.retain(|(place, ..)| is_meant(&typed, &group.title, place));
            group
        })
        .filter(|group| !group.places.is_empty())
        .collect();
    let is_empty = groups.is_empty();
    view! {
        <PageTitle title="Go to" />
        <PageHeader title="Go to" />
        <div class="panel max-w-xl" data-dialog-body>
            <form class="flex items-center gap-2" action=routes::GO method="get" role="search">
                {project.map(|project: ProjectId| view! { <input type="hidden" name="project" value=project.to_string() /> })}
                <Draw icon=Icon::Search class="size-4 shrink-0 text-muted" />
                <input
                    class="input input-sm w-full"
                    type="search"
                    name="q"
                    value=typed
                    placeholder="A project, a page, a setting"
                    aria-label="Go to"
                    aria-controls="places"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    data-focus
                />
            </form>
            <div class="mt-2 grid gap-2" id="places">
                {groups.into_iter().map(|group| view! { <Listed group=group /> }).collect_view()}
            </div>
            <p class="py-6 text-center text-muted" id="no-places" role="status" hidden=!is_empty>
                "Nothing is called so."
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn Listed(group: Group) -> impl IntoView {
    let Group { title, places } = group;
    view! {
        <section aria-label=title.clone()>
            <h2 class="px-2.5 pt-1 text-xs font-medium text-muted">{title.clone()}</h2>
            <ul>
                {places
                    .into_iter()
                    .map(|(words, icon, href)| {
                        view! {
                            <li>
                                <a class="rail-link" href=href>
                                    <Draw icon=icon />
                                    <span class="truncate">{words}</span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_any_words_of_it_and_of_its_group() {
        for typed in ["", "fix", "LIST", "shop fix", "ner sho"] {
            assert!(is_meant(typed, "Corner shop", "Fix list"), "{typed}");
        }
        for typed in ["fixes", "shop live"] {
            assert!(!is_meant(typed, "Corner shop", "Fix list"), "{typed}");
        }
    }
}
