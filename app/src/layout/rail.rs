//! What stands around the pages of an account: the left rail, and on phones a bar at the head and
//! one within reach of the thumb. The project switcher and the way to the palette are in both.

use std::sync::Arc;

use domain::ProjectId;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use server_fn::ServerFn;

use super::{
    Viewer,
    brand::Brand,
    place::{Place, account, rooms},
};
use crate::{
    accounts::actions::SignOut,
    routes,
    ui::{
        ThemeToggle,
        icon::{Draw, Icon},
    },
};

/// The project of this page.
fn project() -> Option<ProjectId> {
    routes::use_project().get_untracked()
}

/// Links with the current one marked.
#[component]
fn Places(of: Vec<Place>, class: &'static str) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    of.into_iter()
        .map(|place| {
            let here = place.current(&path);
            view! {
                <li class="contents">
                    <a
                        class=class
                        href=place.href
                        aria-current=here
                        data-go=place.key
                        data-keeps-view=place.keeps_view.then_some("")
                    >
                        <Draw icon=place.icon />
                        <span class="truncate">{place.words}</span>
                    </a>
                </li>
            }
        })
        .collect_view()
}

/// The rail of wide screens.
#[component]
pub fn Rail(viewer: Arc<Viewer>) -> impl IntoView {
    let project = project();
    let (name, email) = (viewer.name.clone(), viewer.email.clone());
    let (first, below) = match project {
        Some(id) => (rooms(id), account()),
        None => (account(), Vec::new()),
    };
    view! {
        <div class="flex h-full flex-col gap-3 overflow-y-auto px-3 py-4">
            <div class="px-2">
                <Brand href=routes::PROJECTS />
            </div>
            <Switcher viewer=viewer />
            <ToPalette class="flex items-center gap-2.5 rounded-field border border-line px-2.5 py-1.5 text-muted no-underline hover:text-base-content">
                <span class="flex-1">"Go to …"</span>
                <kbd class="kbd kbd-sm noscript:hidden">"Ctrl K"</kbd>
            </ToPalette>
            <nav aria-label="Rooms">
                <ul class="grid gap-0.5">
                    <Places of=first class="rail-link" />
                </ul>
            </nav>
            <div class="mt-auto grid grid-cols-1 gap-3">
                {(!below.is_empty())
                    .then(|| {
                        view! {
                            <nav aria-label="Account">
                                <ul class="grid gap-0.5">
                                    <Places of=below class="rail-link" />
                                </ul>
                            </nav>
                        }
                    })}
                <div class="flex items-center justify-between gap-2 border-t border-line px-2 pt-3">
                    <div class="min-w-0 text-xs">
                        <p class="truncate font-medium">{name}</p>
                        <p class="truncate text-muted" title=email.clone()>
                            {email.clone()}
                        </p>
                    </div>
                    <SignOutButton />
                </div>
                <div class="flex items-center justify-between gap-2 px-2">
                    <ThemeToggle />
                    <button
                        type="button"
                        class="kbd kbd-sm cursor-pointer noscript:hidden"
                        data-shortcuts
                        aria-label="Keyboard shortcuts"
                        title="Keyboard shortcuts"
                    >
                        "?"
                    </button>
                </div>
            </div>
        </div>
    }
}

/// The way to the palette, which is a page where there are no scripts.
#[component]
fn ToPalette(class: &'static str, children: Children) -> impl IntoView {
    view! {
        <a class=class href=routes::go(project()) data-dialog="palette" aria-keyshortcuts="Control+K Meta+K" aria-haspopup="dialog">
            <Draw icon=Icon::Search />
            {children()}
        </a>
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

/// The bar of phones: the rooms used most, and a sheet with all else.
#[component]
pub fn BottomBar() -> impl IntoView {
    let mut first = project().map_or_else(account, rooms);
    let mut others = first.split_off(IN_THE_BAR.min(first.len()));
    if project().is_some() {
        others.extend(account());
    }
    let path = use_location().pathname.get_untracked();
    let is_among_others = others.iter().any(|place| place.current(&path).is_some());
    view! {
        <nav
            class="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-base-100 pb-[env(safe-area-inset-bottom)] lg:hidden"
            aria-label="Rooms"
        >
            <ul class="mx-auto flex max-w-md">
                <Places of=first class="bar-link" />
                <li class="contents">
                    <details class="relative flex min-w-0 flex-1" data-menu>
                        <summary class="bar-link" aria-current=is_among_others.then_some("true")>
                            <Draw icon=Icon::More />
                            "More"
                        </summary>
                        <div class="panel absolute end-2 bottom-full mb-2 w-80 max-w-[calc(100vw-1rem)] p-2 shadow-lg">
                            <ul class="grid grid-cols-2 gap-1">
                                <Places of=others class="rail-link py-2.5" />
                            </ul>
                            <div class="mt-2 flex items-center justify-between gap-2 border-t border-line px-2 pt-2">
                                <ThemeToggle />
                                <SignOutButton />
                            </div>
                        </div>
                    </details>
                </li>
            </ul>
        </nav>
    }
}

/// The bar at the head of phones: the switcher, and the way to everything else.
#[component]
pub fn TopBar(viewer: Arc<Viewer>) -> impl IntoView {
    view! {
        <div class="flex h-14 items-center gap-2 border-b border-line bg-base-100 px-4">
            <div class="min-w-0 flex-1">
                <Switcher viewer=viewer />
            </div>
            <ToPalette class="flex size-9 items-center justify-center rounded-field border border-line text-muted">
                <span class="sr-only">"Go to …"</span>
            </ToPalette>
        </div>
    }
}

/// All projects, one choice away. A `<details>`, so that it opens without scripts;
/// `public/page.js` closes it again.
#[component]
fn Switcher(viewer: Arc<Viewer>) -> impl IntoView {
    let project = project();
    let current = viewer.projects.iter().find(|entry| project == Some(entry.id)).map(|entry| entry.name.clone());
    let current = current.unwrap_or_else(|| "All projects".to_owned());
    view! {
        <details class="relative" data-menu>
            <summary
                class="flex cursor-pointer list-none items-center justify-between gap-2 rounded-field border border-line bg-base-100 px-2.5 py-1.5 [&::-webkit-details-marker]:hidden"
                title=current.clone()
            >
                <span class="sr-only">"Project: "</span>
                <span class="flex-1 truncate font-medium">{current.clone()}</span>
                <Draw icon=Icon::Chevron class="size-4 shrink-0 text-muted" />
            </summary>
            <div class="panel absolute inset-x-0 top-full z-40 mt-1 min-w-56 p-1.5 shadow-lg">
                <ul class="max-h-80 overflow-y-auto">
                    {viewer
                        .projects
                        .iter()
                        .map(|entry| {
                            view! {
                                <li>
                                    <a
                                        class="rail-link"
                                        href=routes::overview(entry.id)
                                        aria-current=(project == Some(entry.id)).then_some("true")
                                        title=entry.name.clone()
                                    >
                                        <span class="truncate">{entry.name.clone()}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <div class="mt-1 border-t border-line pt-1">
                    <a class="rail-link" href=routes::PROJECTS>
                        <Draw icon=Icon::Projects />
                        "All projects"
                    </a>
                    <a class="rail-link" href=routes::NEW_PROJECT>
                        <Draw icon=Icon::Plus />
                        "New project"
                    </a>
                </div>
            </div>
        </details>
    }
}
