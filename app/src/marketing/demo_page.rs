//! `/demo`: the overview of a public project, for everybody.

use leptos::prelude::*;

use crate::{
    layout::PageTitle,
    routes,
    rum::{actions::FindDemo, figures::Figures},
    ui::{EmptyState, ErrorState, Load, Skeleton, awaited},
};

#[component]
pub fn DemoPage() -> impl IntoView {
    let demo = Load::new(|| FindDemo {});
    let overview = move || async move {
        match demo.get().await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(Some(project)) => view! { <Figures project=project demo=true /> }.into_any(),
            Ok(None) => view! {
                <EmptyState title="This server has no demo" hint="Whoever runs it can make one with: perfally seed-demo">
                    <a class="btn btn-primary" href=routes::SIGN_UP>
                        "Sign up"
                    </a>
                </EmptyState>
            }
            .into_any(),
        }
    };
    view! {
        <PageTitle
            title="Live demo"
            description="A PerfAlly dashboard with the Core Web Vitals of a demo shop. No account needed."
        />
        <div class="bg-accent-soft">
            <p class="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2 text-xs">
                <span>"A demo shop with made-up visitors. Everything here works as in your own project."</span>
                <a class="link" href=routes::SIGN_UP>
                    "Measure your own site"
                </a>
            </p>
        </div>
        <div class="mx-auto max-w-6xl px-4 py-6">
            {awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), overview)}
        </div>
    }
}
