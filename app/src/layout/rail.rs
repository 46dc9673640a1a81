//! The left rail, which is a bottom bar on phones, and the project switcher.

use domain::ProjectId;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use server_fn::ServerFn;

use super::Viewer;
use crate::{
    accounts::actions::SignOut,
    routes,
    ui::{
        ThemeToggle,
        icon::{Draw, Icon},
    },
};

/// The name and sign of the product, as a link.
#[component]
pub fn Brand(href: &'static str) -> impl IntoView {
    view! {
        <a class="flex items-center gap-2 rounded-field font-semibold tracking-tight" href=href>
            <svg class="size-6 shrink-0" viewBox="0 0 24 24" aria-hidden="true">
                <rect class="fill-primary" width="24" height="24" rx="6" />
                <path
                    class="stroke-primary-content"
                    d="M5 16.5 9.2 10l3.6 3.6L19 6.5"
                    fill="none"
                    stroke-width="2.250"
                    stroke-linecap="round"
                    stroke-linejoin="round"
                />
            </svg>
            "PerfAlly"
        </a>
    }
}

/// One place to go.
#[derive(Clone)]
struct Place {
    words: &'static str,
    icon: Icon,
    href: String,
}

/// The rooms of a project, or of the account where no project is open.
fn places(project: Option<ProjectId>) -> Vec<Place> {
    match project {
        Some(id) => vec![
            Place { words: "Overview", icon: Icon::Overview, href: routes::overview(id) },
            Place { words: "Pages", icon: Icon::Pages, href: routes::pages(id) },
            Place { words: "Fix list", icon: Icon::Fix, href: routes::fix(id) },
            Place { words: "Changes", icon: Icon::Changes, href: routes::changes(id) },
            Place { words: "Live", icon: Icon::Live, href: routes::live(id) },
            Place { words: "Data health", icon: Icon::Health, href: routes::health(id) },
            Place { words: "Install", icon: Icon::Install, href: routes::install(id) },
            Place { words: "Settings", icon: Icon::Settings, href: routes::project_settings(id) },
        ],
        None => vec![
            Place { words: "Projects", icon: Icon::Projects, href: routes::PROJECTS.to_owned() },
            Place { words: "Profile", icon: Icon::Person, href: routes::PROFILE.to_owned() },
            Place { words: "Security", icon: Icon::Lock, href: routes::SECURITY.to_owned() },
            Place { words: "API keys", icon: Icon::Key, href: routes::API_KEYS.to_owned() },
        ],
    }
}

/// Links with the current one marked.
#[component]
fn Places(#[prop(into)] of: Signal<Vec<Place>>, class: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    view! {
        {move || {
            of.get()
                .into_iter()
                .map(|place| {
                    let here = path.with(|path| *path == place.href);
                    view! {
                        <li class="contents">
                            <a class=class href=place.href aria-current=here.then_some("page")>
                                <Draw icon=place.icon />
                                <span class="truncate">{place.words}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view()
        }}
    }
}

/// The rail of wide screens.
#[component]
pub fn Rail(viewer: Viewer) -> impl IntoView {
    let project = routes::use_project();
    let (name, email) = (viewer.name.clone(), viewer.email.clone());
    view! {
        <div class="flex h-full flex-col gap-4 px-3 py-4">
            <div class="px-2">
                <Brand href=routes::PROJECTS />
            </div>
            <Switcher viewer=viewer />
            <nav aria-label="Rooms">
                <ul class="grid gap-0.5">
                    <Places of=Signal::derive(move || places(project.get())) class="rail-link" />
                </ul>
            </nav>
            <div class="mt-auto grid grid-cols-1 gap-3">
                <nav aria-label="Account">
                    <ul class="grid gap-0.5">
                        {move || {
                            project
                                .get()
                                .is_some()
                                .then(|| view! { <Places of=Signal::derive(move || places(None)) class="rail-link" /> })
                        }}
                    </ul>
                </nav>
                <div class="flex items-center justify-between gap-2 border-t border-line px-2 pt-3">
                    <div class="min-w-0 text-xs">
                        <p class="truncate font-medium">{name}</p>
                        <p class="truncate text-muted" title=email.clone()>
                            {email.clone()}
                        </p>
                    </div>
                    <SignOutButton />
                </div>
                <div class="px-2">
                    <ThemeToggle />
                </div>
            </div>
        </div>
    }
}

/// Leaves, by POST.
#[component]
pub fn SignOutButton() -> impl IntoView {
    view! {
        <form class="contents" action=SignOut::PATH method="post">
            <button
                type="submit"
                class="rounded-selector p-1.5 text-muted hover:bg-base-300 hover:text-base-content"
                aria-label="Sign out"
                title="Sign out"
            >
                <Draw icon=Icon::SignOut />
            </button>
        </form>
    }
}

/// Rooms that the bar of phones shows; the others are one tap further.
const IN_THE_BAR: usize = 4;

/// The bar of phones: the same rooms, within reach of the thumb.
#[component]
pub fn BottomBar() -> impl IntoView {
    let project = routes::use_project();
    let of = Signal::derive(move || {
        let mut of = places(project.get());
        if project.get().is_some() {
            of.push(Place { words: "Projects", icon: Icon::Projects, href: routes::PROJECTS.to_owned() });
        }
        of
    });
    let first = Signal::derive(move || of.get().into_iter().take(IN_THE_BAR).collect::<Vec<_>>());
    let others = Signal::derive(move || of.get().into_iter().skip(IN_THE_BAR).collect::<Vec<_>>());
    let has_others = move || others.with(|others| !others.is_empty());
    view! {
        <nav
            class="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-base-100 pb-[env(safe-area-inset-bottom)] lg:hidden"
            aria-label="Rooms"
        >
            <ul class="mx-auto flex max-w-md">
                <Places
                    of=first
                    class="flex min-w-0 flex-1 flex-col items-center gap-1 py-2 text-xs text-muted aria-[current=page]:font-medium aria-[current=page]:text-primary"
                />
                <li class="contents">
                    <details class="relative min-w-0 flex-1" class:hidden=move || !has_others() data-menu>
                        <summary class="flex cursor-pointer list-none flex-col items-center gap-1 py-2 text-xs text-muted [&::-webkit-details-marker]:hidden">
                            <Draw icon=Icon::More />
                            "More"
                        </summary>
                        <ul class="panel absolute end-2 bottom-full mb-2 grid w-48 gap-0.5 p-1.5 shadow-lg">
                            <Places of=others class="rail-link" />
                        </ul>
                    </details>
                </li>
            </ul>
        </nav>
    }
}

/// The bar at the head of phones: the switcher and the account.
#[component]
pub fn TopBar(viewer: Viewer) -> impl IntoView {
    view! {
        <div class="flex h-14 items-center gap-2 border-b border-line bg-base-100 px-4">
            <div class="min-w-0 flex-1">
                <Switcher viewer=viewer />
            </div>
            <ThemeToggle />
            <SignOutButton />
        </div>
    }
}

/// All projects, one choice away. A `<details>`, so that it opens without scripts;
/// `public/page.js` closes it again.
#[component]
fn Switcher(viewer: Viewer) -> impl IntoView {
    let project = routes::use_project();
    let projects = viewer.projects;
    let names: Vec<_> = projects.iter().map(|entry| (entry.id, entry.name.clone())).collect();
    let current = move || {
        let name = names.iter().find(|(id, _)| project.get() == Some(*id)).map(|(_, name)| name.clone());
        name.unwrap_or_else(|| "All projects".to_owned())
    };
    view! {
        <details class="relative" data-menu>
            <summary class="flex cursor-pointer list-none items-center justify-between gap-2 rounded-field border border-line bg-base-100 px-2.5 py-1.5 [&::-webkit-details-marker]:hidden">
                <span class="truncate font-medium">{current}</span>
                <Draw icon=Icon::Chevron class="size-4 shrink-0 text-muted" />
            </summary>
            <div class="panel absolute inset-x-0 top-full z-40 mt-1 min-w-56 p-1.5 shadow-lg">
                <ul class="max-h-80 overflow-y-auto">
                    {projects
                        .into_iter()
                        .map(|entry| {
                            let here = move || project.get() == Some(entry.id);
                            view! {
                                <li>
                                    <a
                                        class="rail-link"
                                        href=routes::overview(entry.id)
                                        aria-current=move || here().then_some("page")
                                    >
                                        <span class="truncate">{entry.name}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <a class="rail-link" href=routes::PROJECTS>
                    <Draw icon=Icon::Projects />
                    "All projects"
                </a>
                <a class="rail-link" href=routes::NEW_PROJECT>
                    <Draw icon=Icon::Plus />
                    "New project"
                </a>
            </div>
        </details>
    }
}
