//! `/pricing`, from the one table of plans.

use domain::billing::Plan;
use leptos::prelude::*;

use super::plans::Plans;
use crate::layout::PageTitle;

#[component]
pub fn PricingPage() -> impl IntoView {
    view! {
        <PageTitle title="Pricing" description="What PerfAlly costs: free for one site, and what the larger plans hold." />
        <div class="mx-auto max-w-6xl px-4 py-10">
            <h1 class="text-xl">"Pricing"</h1>
            <p class="mt-2 mb-6 max-w-prose text-muted">
                "One site is free for as long as you like, with everything that measures. Larger plans hold more sites, more page views, and keep them longer."
            </p>
            <h2 class="sr-only">"Plans"</h2>
            <Plans />
            <dl class="mt-10 grid max-w-prose gap-5">
                <Answer question="What is one metric?">
                    "One page view by one visitor, with all that it reports: every vital, every update. It counts once."
                </Answer>
                <Answer question="What happens over the limit?">
                    {format!(
                        "Nothing stops without a word. Collection goes on up to {} times the limit, so that no trend is lost.",
                        Plan::HARD_STOP_FACTOR,
                    )}
                </Answer>
                <Answer question="Can I run it myself?">
                    "Yes. It is one program beside one PostgreSQL, and the larger plans are a setting there."
                </Answer>
            </dl>
        </div>
    }
}

#[component]
fn Answer(question: &'static str, children: Children) -> impl IntoView {
    view! {
        <div>
            <dt class="font-semibold">{question}</dt>
            <dd class="mt-1 text-muted">{children()}</dd>
        </div>
    }
}
