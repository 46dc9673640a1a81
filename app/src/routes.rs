//! Every address of the site, in one table, and how links to them are written.

#[cfg(feature = "ssr")]
use domain::projects::SharedRoom;
use domain::{
    ProjectId,
    rum::{Comparison, Listing, Query},
};
use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};

#[cfg(feature = "ssr")]
use crate::{
    accounts::{
        confirm_page::ConfirmPage, forgot_password_page::ForgotPasswordPage, profile_page::ProfilePage,
        reset_password_page::ResetPasswordPage, security_page::SecurityPage, sign_in_page::SignInPage,
        sign_up_page::SignUpPage,
    },
    developers::developers_page::DevelopersPage,
    integrations::api_keys_page::ApiKeysPage,
    layout::{NotFoundPage, go_page::GoPage},
    marketing::{landing_page::LandingPage, pricing_page::PricingPage},
    projects::{
        install_page::InstallPage, new_project_page::NewProjectPage, projects_page::ProjectsPage,
        settings_page::SettingsPage, share_page::SharePage,
    },
    rum::{
        causes::{
            changes_page::ChangesPage, fix_page::FixPage, live_page::LivePage, metrics_page::MetricsPage,
            page_group_page::PageGroupPage,
        },
        guest_page::GuestPage,
        health_page::HealthPage,
        segments_page::SegmentsPage,
    },
};
use crate::{
    layout::{PublicFrame, SignedInFrame},
    marketing::demo_page::DemoPage,
    rum::overview_page::OverviewPage,
};

pub const LANDING: &str = "/";
pub const PRICING: &str = "/pricing";
pub const DEMO: &str = "/demo";
pub const SIGN_UP: &str = "/sign-up";
pub const SIGN_IN: &str = "/sign-in";
pub const FORGOT_PASSWORD: &str = "/forgot-password";
pub const RESET_PASSWORD: &str = "/reset-password";
pub const CONFIRM: &str = "/confirm";
/// Where one can go from here: the palette, and what it is without scripts.
pub const GO: &str = "/go";
pub const PROJECTS: &str = "/projects";
pub const NEW_PROJECT: &str = "/projects/new";
pub const PROFILE: &str = "/settings/profile";
pub const SECURITY: &str = "/settings/security";
pub const API_KEYS: &str = "/settings/api-keys";
pub const DEVELOPERS: &str = "/developers";
/// The API's document; no page.
pub const OPENAPI: &str = "/v1/openapi.json";

pub fn overview(project: ProjectId) -> String {
    format!("/projects/{project}")
}

pub fn install(project: ProjectId) -> String {
    format!("/projects/{project}/install")
}

pub fn pages(project: ProjectId) -> String {
    format!("/projects/{project}/pages")
}

pub fn health(project: ProjectId) -> String {
    format!("/projects/{project}/health")
}

pub fn project_settings(project: ProjectId) -> String {
    format!("/projects/{project}/settings")
}

pub fn fix(project: ProjectId) -> String {
    format!("/projects/{project}/fix")
}

pub fn changes(project: ProjectId) -> String {
    format!("/projects/{project}/changes")
}

pub fn metrics(project: ProjectId) -> String {
    format!("/projects/{project}/metrics")
}

pub fn live(project: ProjectId) -> String {
    format!("/projects/{project}/live")
}

/// Where a link to a view is made. `room` is a [`domain::projects::SharedRoom`]'s word, `view` the
/// query part of the view's address.
pub fn share(project: ProjectId, room: &'static str, view: &str) -> String {
    let view = view.trim_start_matches('?');
    let mut params = vec![("room", room.to_owned())];
    params.extend((!view.is_empty()).then(|| ("view", view.to_owned())));
    with_params(&format!("/projects/{project}/share"), params)
}

/// The palette, opened from a page of this project.
#[cfg(feature = "ssr")]
pub fn go(project: Option<ProjectId>) -> String {
    with_params(GO, project.map(|project| ("project", project.to_string())))
}

/// What a share link opens.
#[cfg(feature = "ssr")]
pub fn guest(token: &str) -> String {
    format!("/share/{token}")
}

/// The token of a page behind a share link.
#[cfg(feature = "ssr")]
pub fn share_token_in(path: &str) -> Option<&str> {
    path.strip_prefix("/share/")?.split('/').next()
}

/// The path of a page of figures, which all links to other views of it keep: its own, and behind a
/// share link the link's, whose views are told apart from the one that was shared.
#[cfg(feature = "ssr")]
pub fn base(own: String) -> String {
    let path = use_location().pathname.get_untracked();
    match crate::ssr::link().and_then(|_| share_token_in(&path)) {
        Some(token) => guest(token) + "/view",
        None => own,
    }
}

/// An address of another page; none behind a share link, from which nothing leads elsewhere.
#[cfg(feature = "ssr")]
pub fn elsewhere(href: String) -> Option<String> {
    crate::ssr::link().is_none().then_some(href)
}

/// The page of the query's page group.
pub fn page_group(project: ProjectId, query: &Query) -> String {
    view_href(&page_group_base(project), query)
}

pub fn page_group_base(project: ProjectId) -> String {
    format!("/projects/{project}/pages/view")
}

/// A page of links and forms. It is not in the bundle: there it only stands for loading it whole.
macro_rules! at_rest {
    ($page:ident) => {
        || {
            #[cfg(feature = "ssr")]
            let page = $page();
            #[cfg(not(feature = "ssr"))]
            let page = crate::layout::Elsewhere();
            page.into_any()
        }
    };
}

/// Whether the page at this path changes by itself, and is woken in the browser for that. All
/// others are at rest.
pub fn is_live(path: &str) -> bool {
    path == DEMO || project_in(path).is_some_and(|id| path == overview(id))
}

/// Whether the page at this path may draw charts, and needs what draws them.
pub fn has_charts(path: &str) -> bool {
    is_live(path) || project_in(path).is_some_and(|id| path == health(id))
}

/// The pages. Each is rendered whole on the server, so that it is complete without scripts,
/// its status is right, and nothing moves once it is there. Their types end here: nested, they
/// would take minutes to compile.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=at_rest!(NotFoundPage)>
                <ParentRoute path=path!("") view=|| PublicFrame().into_any() ssr=SsrMode::Async>
                    <Route path=path!("/") view=at_rest!(LandingPage) ssr=SsrMode::Async />
                    <Route path=path!("/pricing") view=at_rest!(PricingPage) ssr=SsrMode::Async />
                    <Route path=path!("/developers") view=at_rest!(DevelopersPage) ssr=SsrMode::Async />
                    <Route path=path!("/demo") view=|| DemoPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/sign-up") view=at_rest!(SignUpPage) ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=at_rest!(SignInPage) ssr=SsrMode::Async />
                    <Route path=path!("/forgot-password") view=at_rest!(ForgotPasswordPage) ssr=SsrMode::Async />
                    <Route path=path!("/reset-password") view=at_rest!(ResetPasswordPage) ssr=SsrMode::Async />
                    <Route path=path!("/confirm") view=at_rest!(ConfirmPage) ssr=SsrMode::Async />
                </ParentRoute>
                <Route path=path!("/share/:token") view=at_rest!(GuestPage) ssr=SsrMode::Async />
                <Route path=path!("/share/:token/view") view=at_rest!(GuestPage) ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=|| SignedInFrame().into_any() ssr=SsrMode::Async>
                    <Route path=path!("/go") view=at_rest!(GoPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects") view=at_rest!(ProjectsPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/new") view=at_rest!(NewProjectPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project") view=|| OverviewPage().into_any() ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/pages") view=at_rest!(SegmentsPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/health") view=at_rest!(HealthPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/pages/view") view=at_rest!(PageGroupPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/fix") view=at_rest!(FixPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/changes") view=at_rest!(ChangesPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/metrics") view=at_rest!(MetricsPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/live") view=at_rest!(LivePage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/install") view=at_rest!(InstallPage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/share") view=at_rest!(SharePage) ssr=SsrMode::Async />
                    <Route path=path!("/projects/:project/settings") view=at_rest!(SettingsPage) ssr=SsrMode::Async />
                    <Route path=path!("/settings/profile") view=at_rest!(ProfilePage) ssr=SsrMode::Async />
                    <Route path=path!("/settings/security") view=at_rest!(SecurityPage) ssr=SsrMode::Async />
                    <Route path=path!("/settings/api-keys") view=at_rest!(ApiKeysPage) ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The project that an address below `/projects/` is about.
pub fn project_in(path: &str) -> Option<ProjectId> {
    path.strip_prefix("/projects/")?.split('/').next()?.parse().ok()
}

/// The project of the page's own address; changes when the address does.
pub fn use_project() -> Memo<Option<ProjectId>> {
    let path = use_location().pathname;
    #[cfg(feature = "ssr")]
    let behind = crate::ssr::link().map(|link| link.guest.project);
    #[cfg(not(feature = "ssr"))]
    let behind: Option<ProjectId> = None;
    Memo::new(move |_| behind.or_else(|| path.with(|path| project_in(path))))
}

/// The query part of the address; behind a share link, of the address that the link stands for.
pub fn use_search() -> Memo<String> {
    let search = use_location().search;
    #[cfg(feature = "ssr")]
    if let Some(link) = crate::ssr::link() {
        let path = use_location().pathname.get_untracked();
        let asked = search.get_untracked();
        let search = behind_link(&link.view, path.ends_with("/view").then_some(asked.as_str()));
        return Memo::new(move |_| search.clone());
    }
    search
}

/// The view behind a share link: the one that was shared, or another of the same page. A page
/// group's page stays that page group's.
#[cfg(feature = "ssr")]
fn behind_link(shared: &domain::projects::SharedView, asked: Option<&str>) -> String {
    let Some(asked) = asked else { return shared.search.clone() };
    if shared.room != SharedRoom::PageGroup {
        return asked.to_owned();
    }
    let mut query = view_in(asked);
    query.filter.page_group = view_in(&shared.search).filter.page_group;
    view_href("", &query)
}

/// One parameter of the address.
pub fn use_param(name: &'static str) -> Memo<Option<String>> {
    let search = use_search();
    Memo::new(move |_| search.with(|search| param(search, name)))
}

/// The view of the dashboard that the address asks for.
pub fn use_view() -> Memo<Query> {
    let search = use_search();
    Memo::new(move |_| search.with(|search| view_in(search)))
}

pub fn view_in(search: &str) -> Query {
    let params = params(search);
    Query::from_params(|name| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()))
}

/// The rows of a table that the address asks for.
pub fn listing_in(search: &str) -> Listing {
    let params = params(search);
    Listing::from_params(|name| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()))
}

/// The address of a view; `base` is the page's path.
pub fn view_href(base: &str, query: &Query) -> String {
    with_params(base, query.params())
}

/// The comparison that the address asks for.
pub fn use_comparison() -> Memo<Comparison> {
    let search = use_search();
    Memo::new(move |_| {
        search.with(|search| {
            let params = params(search);
            Comparison::from_params(|name| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()))
        })
    })
}

/// A path with parameters, escaped.
pub fn with_params(base: &str, params: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut address = base.to_owned();
    for (at, (name, value)) in params.into_iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(name);
        address.push('=');
        address.push_str(&escape(&value));
    }
    address
}

/// The address of this page, without the server's host.
pub fn here(path: &str, search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}

/// The sign-in page, which leads back afterwards.
pub fn sign_in_and_back(here: &str) -> String {
    with_params(SIGN_IN, [("next", here.to_owned())])
}

/// An address to be led to after signing in, if it is one of ours: an absolute path, and
/// nothing that a browser could read as another host.
pub fn safe_next(next: &str) -> Option<String> {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2_048
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    ours.then(|| next.to_owned())
}

/// One parameter of a query string. The router's own reading decodes twice, and would turn a
/// page group such as `/caf%C3%A9` into another.
pub fn param(search: &str, name: &str) -> Option<String> {
    params(search).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn params(search: &str) -> Vec<(String, String)> {
    search
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

/// Percent-encodes all that has a meaning in an address.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/*:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// Undoes [`escape`], and reads `+` as a space; what is no UTF-8 becomes a replacement character.
pub fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use domain::rum::{Device, Filter, Percentile, Period, Vital};

    use super::*;

    #[test]
    fn a_view_survives_its_address_whatever_its_page_group_is() {
        for group in ["/product/*", "/caf%C3%A9", "/a b+c&d=e?f#g", "/übung", "100%"] {
            let query = Query {
                period: Period::Week,
                filter: Filter {
                    device: Some(Device::Mobile),
                    page_group: Some(group.to_owned()),
                    ..Filter::default()
                },
                vital: Vital::Inp,
                percentile: Percentile::P90,
            };
            let address = view_href("/demo", &query);
            let (path, search) = address.split_once('?').unwrap();
            assert_eq!((path, view_in(search)), ("/demo", query), "{address}");
        }
    }

    #[test]
    fn after_signing_in_nobody_is_led_away_from_here() {
        assert_eq!(safe_next("/projects?x=1").as_deref(), Some("/projects?x=1"));
        for elsewhere in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "javascript:alert(1)", "/ö"]
        {
            assert_eq!(safe_next(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn a_project_is_known_by_its_address() {
        let id = "018f0000-0000-7000-8000-000000000001";
        assert_eq!(project_in(&format!("/projects/{id}/install")).map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!(project_in("/projects/new"), None);
        assert_eq!(project_in("/settings/profile"), None);
    }

    #[test]
    fn only_pages_that_change_by_themselves_are_woken() {
        let id = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        for live in [DEMO.to_owned(), overview(id)] {
            assert!(is_live(&live), "{live}");
        }
        for rest in [
            LANDING,
            PRICING,
            SIGN_UP,
            PROJECTS,
            NEW_PROJECT,
            PROFILE,
            &project_settings(id),
            &pages(id),
            &health(id),
            &fix(id),
            &changes(id),
            &metrics(id),
            &live(id),
            &install(id),
            &page_group_base(id),
            "/projects/x",
            "/nope",
        ] {
            assert!(!is_live(rest), "{rest}");
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn behind_a_link_the_page_is_asked_anew_and_a_page_group_stays() {
        let shared = |room, search| domain::projects::SharedView::new(room, search).unwrap();
        let fix = shared(SharedRoom::Fix, "period=7d");
        assert_eq!(behind_link(&fix, None), "period=7d");
        assert_eq!(behind_link(&fix, Some("?device=mobile")), "?device=mobile");
        assert_eq!(behind_link(&fix, Some("")), "", "the usual view is another than the one that was shared");
        let group = shared(SharedRoom::PageGroup, "page_group=/product/*&period=7d");
        for asked in ["", "?page_group=/&period=90d", "?page_group=/caf%25C3%25A9"] {
            let query = view_in(&behind_link(&group, Some(asked)));
            assert_eq!(query.filter.page_group.as_deref(), Some("/product/*"), "{asked}");
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_token_of_a_link_is_known_by_its_address() {
        for (path, token) in
            [("/share/abc", Some("abc")), ("/share/abc/view", Some("abc")), ("/shared", None), ("/", None)]
        {
            assert_eq!(share_token_in(path), token, "{path}");
        }
    }

    #[test]
    fn broken_escapes_are_text() {
        assert_eq!(unescape("100%&%zz%e"), "100%&%zz%e");
    }
}
