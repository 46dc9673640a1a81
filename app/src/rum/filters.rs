//! Period, device and page group, as links: all of the view is in its address.

use domain::rum::{Device, Filter, Period, Query};
use leptos::prelude::*;

use crate::{
    routes,
    ui::{
        Segment, Segments,
        icon::{Draw, Icon},
    },
};

/// The filters of a view; `base` is the page's path.
#[component]
pub fn Filters(view: Memo<Query>, base: StoredValue<String>) -> impl IntoView {
    let href = move |query: &Query| base.with_value(|base| routes::view_href(base, query));
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
    view! {
        <Segments label="Period" of=periods />
        <Segments label="Device" of=devices />
        {move || {
            let now = view.get();
            now.filter
                .page_group
                .clone()
                .map(|group| {
                    let without = Query { filter: Filter { page_group: None, ..now.filter.clone() }, ..now };
                    view! {
                        <a
                            class="inline-flex max-w-full items-center gap-1.5 rounded-field bg-accent-soft px-2.5 py-1.5 text-xs text-primary"
                            href=href(&without)
                            aria-label=format!("Show all page groups, not only {group}")
                            data-noscroll
                        >
                            <span class="truncate font-mono">{group.clone()}</span>
                            <Draw icon=Icon::Cross class="size-3 shrink-0" />
                        </a>
                    }
                })
        }}
    }
}
