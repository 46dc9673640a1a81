//! One page view in a list of the newest: where, who, and the waterfall of what its vitals are
//! made of. The same words in the page and in what comes later.

use domain::{
    accounts::Actor,
    rum::{Device, ViewLine, Vital},
};
use leptos::prelude::*;

use super::bars::PartsBar;
use crate::{
    local_time::LocalTime,
    ui::{format, rating},
};

/// What the bars are as wide as: a little beyond poor, so that most can be told apart.
const fn scale(vital: Vital) -> f64 {
    match vital {
        Vital::Inp => 600.0,
        _ => 6_000.0,
    }
}

/// A row as HTML, for whoever has the list already.
pub fn view_row(line: &ViewLine, actor: &Actor) -> String {
    let (line, clock) = (line.clone(), LocalTime::of(actor));
    Owner::new().with(|| view! { <ViewRow line=line clock=clock /> }.into_any().to_html())
}

#[component]
pub fn ViewRow(
    line: ViewLine,
    clock: LocalTime,
    /// Whether there is little room: the waterfall stands below.
    #[prop(default = false)]
    narrow: bool,
) -> impl IntoView {
    let who: Vec<String> = [line.country.clone(), device(line.device).to_owned(), line.browser.clone()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    let vitals: Vec<_> = [Vital::Lcp, Vital::Inp, Vital::Cls]
        .into_iter()
        .filter_map(|vital| line.vitals.get(vital).map(|value| (vital, value)))
        .collect();
    let bar = |vital: Vital| {
        line.parts(vital).map(|parts| {
            let target = match vital {
                Vital::Inp => line.inp_target.clone(),
                _ => line.lcp_target.clone(),
            };
            view! {
                <div class="grid grid-cols-[2rem_minmax(0,1fr)] items-center gap-x-2 text-xs text-muted" title=target>
                    <span>{vital.title()}</span>
                    <PartsBar parts=parts scale=scale(vital) />
                </div>
            }
        })
    };
    view! {
        <li
            class="grid gap-x-4 gap-y-1.5 border-b border-line py-2.5 last:border-0"
            class=("sm:grid-cols-[minmax(0,1fr)_16rem]", !narrow)
            data-view=line.id.to_string()
            data-seq=line.seq.to_string()
        >
            <div class="min-w-0">
                <p class="flex min-w-0 items-baseline gap-2">
                    <time class="shrink-0 text-xs text-muted" datetime=line.at.to_rfc3339()>
                        {seconds(clock, line.at)}
                    </time>
                    <span class="truncate font-mono text-xs" title=line.path.clone()>
                        {line.path.clone()}
                    </span>
                </p>
                <p class="mt-0.5 flex flex-wrap items-baseline gap-x-3 text-xs text-muted">
                    <span>{who.join(" · ")}</span>
                    {vitals
                        .into_iter()
                        .map(|(vital, value)| {
                            let rated = vital.rate(value);
                            view! {
                                <span class=format!("rating {}", rating::class(rated)) title=rated.words()>
                                    {format!("{} {}", vital.title(), format::vital(vital, value))}
                                    <span class="sr-only">{rated.words()}</span>
                                </span>
                            }
                        })
                        .collect_view()}
                </p>
            </div>
            <div class="grid content-center gap-1">{bar(Vital::Lcp)} {bar(Vital::Inp)}</div>
        </li>
    }
}

const fn device(device: Device) -> &'static str {
    match device {
        Device::Mobile => "Phone",
        Device::Tablet => "Tablet",
        Device::Desktop => "Desktop",
    }
}

/// "14:05:09" today and always: the list is of now; the day stands in the tooltip's time.
fn seconds(clock: LocalTime, at: chrono::DateTime<chrono::Utc>) -> String {
    let at = clock.at(at);
    format!("{}, {}", format::day(&at), at.format("%H:%M:%S"))
}
