//! Period, device and percentile, as links: all of the view is in its address.

use domain::rum::{Device, Filter, Percentile, Period, Query};
use leptos::prelude::*;

use super::base::Base;
use crate::ui::{Segment, Segments};

/// The filters of a view that every page of figures has.
#[component]
pub fn Filters(view: Memo<Query>, base: StoredValue<Base>) -> impl IntoView {
    let href = move |query: &Query| base.with_value(|base| base.href(query));
    let periods = Signal::derive(move || {
        let now = view.get();
        let segment = |period: Period| Segment {
            label: period.as_str(),
            href: href(&Query { period, ..now.clone() }),
            current: now.period == period,
        };
        Period::ALL.map(segment).to_vec()
    });
    let devices = Signal::derive(move || {
        let now = view.get();
        let segment = |label, device: Option<Device>| Segment {
            label,
            href: href(&Query { filter: Filter { device, ..now.filter.clone() }, ..now.clone() }),
            current: now.filter.device == device,
        };
        std::iter::once(segment("All devices", None))
            .chain(Device::ALL.map(|device| segment(device.title(), Some(device))))
            .collect()
    });
    let percentiles = Signal::derive(move || {
        let now = view.get();
        let segment = |percentile: Percentile| Segment {
            label: percentile.as_str(),
            href: href(&Query { percentile, ..now.clone() }),
            current: now.percentile == percentile,
        };
        Percentile::ALL.map(segment).to_vec()
    });
    view! {
        <Segments label="Period" of=periods />
        <ChosenDays view=view base=base />
        <Segments label="Device" of=devices />
        <Segments label="Percentile" of=percentiles />
    }
}

/// A period of one's own: a form that leads to its address.
#[component]
pub fn ChosenDays(view: Memo<Query>, base: StoredValue<Base>) -> impl IntoView {
    move || {
        let now = view.get();
        let days = match now.period {
            Period::Custom(days) => Some((days.first().to_string(), days.last().to_string())),
            _ => None,
        };
        let words = days.as_ref().map_or_else(|| "Choose days".to_owned(), |(first, last)| format!("{first} – {last}"));
        let (first, last) = days.clone().unzip();
        let (path, kept) = base
            .with_value(|base| (base.path.clone(), base.params(&Query { period: Period::default(), ..now.clone() })));
        let day = |name: &'static str, label: &'static str, value: Option<String>| {
            view! {
                <label class="grid gap-1 text-xs text-muted">
                    {label}
                    <input class="input input-sm w-full" type="date" name=name value=value required />
                </label>
            }
        };
        view! {
            <details class="relative" data-menu>
                <summary
                    class="cursor-pointer list-none rounded-field border border-line bg-base-100 px-2.5 py-1.5 text-xs whitespace-nowrap text-muted hover:text-base-content aria-[current]:font-medium aria-[current]:text-base-content [&::-webkit-details-marker]:hidden"
                    aria-current=days.is_some().then_some("true")
                >
                    {words}
                </summary>
                <form
                    class="panel absolute start-0 top-full z-20 mt-1 grid w-56 gap-3 shadow-lg"
                    action=path
                    method="get"
                >
                    {kept
                        .into_iter()
                        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
                        .collect_view()}
                    <input type="hidden" name="period" value="custom" />
                    {day("from", "First day", first)}
                    {day("to", "Last day", last)}
                    <p class="text-xs text-muted">"Days of UTC, both included."</p>
                    <button class="btn btn-primary btn-sm" type="submit">
                        "Show these days"
                    </button>
                </form>
            </details>
        }
    }
}
