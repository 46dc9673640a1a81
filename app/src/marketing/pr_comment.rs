//! The verdict on a pull request, as it will look. It is not built yet, and says so.

use domain::rum::{Rating, Vital};
use leptos::prelude::*;

use crate::ui::{Badge, format, rating};

/// What the example tells: a vital before and after a change.
const EXAMPLE: [(Vital, f64, f64, &str); 4] = [
    (Vital::Lcp, 2_080.0, 2_740.0, "worse, and not by chance"),
    (Vital::Cls, 0.02, 0.02, "no difference"),
    (Vital::Fcp, 1_310.0, 1_290.0, "within chance"),
    (Vital::Ttfb, 240.0, 236.0, "within chance"),
];

#[component]
pub fn PrComment() -> impl IntoView {
    view! {
        <figure class="overflow-hidden rounded-box border border-line bg-base-100">
            <div class="flex flex-wrap items-center gap-2 border-b border-line bg-base-200 px-4 py-2 text-xs text-muted">
                <span class="font-medium text-base-content">"PerfAlly"</span>
                "on your pull request"
                <span class="ms-auto">
                    <Badge>"Planned"</Badge>
                </span>
            </div>
            <div class="grid gap-3 p-4">
                <p class="font-medium">
                    <span class=format!("rating {}", rating::class(Rating::Poor))>"Regressed"</span>
                    ": LCP of /product/* is 0.66 s slower with this change"
                </p>
                <div class="scroll-x">
                    <table class="data-table">
                        <caption class="sr-only">"Vitals before and with the change"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Vital"</th>
                                <th scope="col" class="num">
                                    "Before"
                                </th>
                                <th scope="col" class="num">
                                    "With it"
                                </th>
                                <th scope="col">"Verdict"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {EXAMPLE
                                .map(|(vital, before, after, verdict)| {
                                    view! {
                                        <tr>
                                            <th scope="row" class="font-normal">
                                                {vital.title()}
                                            </th>
                                            <td class="num">{format::vital(vital, before).to_string()}</td>
                                            <td class="num">{format::vital(vital, after).to_string()}</td>
                                            <td>{verdict}</td>
                                        </tr>
                                    }
                                })
                                .into_iter()
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
                <p class="text-muted">
                    "The picture " <code class="text-xs">"main>figure>img"</code>
                    " begins to load late: it is marked loading=\"lazy\" and stands at the top of the page."
                </p>
            </div>
            <figcaption class="border-t border-line px-4 py-2 text-xs text-muted">
                "An example with made-up figures. One comment a pull request, updated in place: this is not there yet."
            </figcaption>
        </figure>
    }
}
