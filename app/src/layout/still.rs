//! What stands around a page and never changes while it is open. It is drawn on the server; the
//! bundle takes it as it stands in the page, and knows nothing of it.

/// HTML for an element's `inner_html`. In the browser, where the element is woken with nothing to
/// put into it, what the server sent stays.
macro_rules! still {
    ($view:expr) => {{
        #[cfg(feature = "ssr")]
        let html = $crate::layout::still::drawn($view);
        #[cfg(not(feature = "ssr"))]
        let html = "";
        html
    }};
}

pub(super) use still;

#[cfg(feature = "ssr")]
pub fn drawn(view: impl leptos::prelude::IntoView) -> String {
    use leptos::prelude::RenderHtml;

    view.into_view().to_html()
}
