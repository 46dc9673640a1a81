//! `/v1/projects/{id}/pageviews`.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use domain::rum::{PageViewPlace, PageViewRecord, Vital};
use engine::integrations;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    caller::Caller,
    cursor::{self, Cursor as _},
    params::{Params, ProjectPath},
    schemas::{DeviceClass, Moment, Navigation, PageViewCursor},
};
use crate::{problem::Problem, state::Server};

/// One view of a page. What the browser did not tell is empty or null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageView {
    pub id: Uuid,
    /// When its first beacon was received.
    pub at: DateTime<Utc>,
    /// When its newest beacon was received.
    pub updated_at: DateTime<Utc>,
    /// Origin and path, as they came.
    pub url: String,
    /// The group of pages that its path belonged to when it came.
    pub page_group: String,
    #[schema(value_type = Navigation)]
    pub navigation_type: &'static str,
    #[schema(value_type = DeviceClass)]
    pub device: &'static str,
    pub browser: String,
    pub os: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub connection: String,
    pub release: String,
    /// The origin that the visitor came from.
    pub referrer: String,
    pub bot: Bot,
    /// Page views that it stands for, where the site sends a sample.
    pub weight: f64,
    pub vitals: PageViewVitals,
    pub attribution: Attribution,
    /// The site's own metrics, by name.
    pub metrics: BTreeMap<String, f64>,
    pub tags: BTreeMap<String, String>,
}

/// Whether a person was there. Only `human` page views count in figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bot {
    pub class: BotClass,
    /// Why; empty for people.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BotClass {
    Human,
    Suspect,
    Bot,
}

/// Milliseconds, but for cls; null where it was not reported.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PageViewVitals {
    #[schema(required)]
    pub lcp: Option<f64>,
    #[schema(required)]
    pub inp: Option<f64>,
    #[schema(required)]
    pub cls: Option<f64>,
    #[schema(required)]
    pub fcp: Option<f64>,
    #[schema(required)]
    pub ttfb: Option<f64>,
    #[schema(required)]
    pub fid: Option<f64>,
}

/// What made the vitals what they are. Times in milliseconds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attribution {
    pub lcp: LcpAttribution,
    pub inp: InpAttribution,
    pub cls: ClsAttribution,
}

/// The largest element, and the four parts of its time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LcpAttribution {
    #[schema(required)]
    pub target: Option<String>,
    #[schema(required)]
    pub url: Option<String>,
    #[schema(required)]
    pub ttfb: Option<f64>,
    #[schema(required)]
    pub load_delay: Option<f64>,
    #[schema(required)]
    pub load_time: Option<f64>,
    #[schema(required)]
    pub render_delay: Option<f64>,
}

/// The slowest interaction, and the three phases of its time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InpAttribution {
    #[schema(required)]
    pub target: Option<String>,
    #[schema(required)]
    pub r#type: Option<String>,
    #[schema(required)]
    pub input_delay: Option<f64>,
    #[schema(required)]
    pub processing: Option<f64>,
    #[schema(required)]
    pub presentation: Option<f64>,
    #[schema(required)]
    pub script: Option<String>,
    #[schema(required)]
    pub function: Option<String>,
}

/// The element that shifted most, and by how much.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClsAttribution {
    #[schema(required)]
    pub target: Option<String>,
    #[schema(required)]
    pub value: Option<f64>,
}

/// One page of page views.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageViewList {
    /// At most 50, the newest first.
    pub data: Vec<PageView>,
    /// Where the next page begins; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl From<PageViewRecord> for PageView {
    fn from(view: PageViewRecord) -> Self {
        let vital = |vital| view.vitals.get(vital);
        let why = view.attribution;
        Self {
            id: view.id.0,
            at: view.at,
            updated_at: view.updated_at,
            url: view.url,
            page_group: view.page_group,
            navigation_type: view.navigation_type.as_str(),
            device: view.device.as_str(),
            browser: view.browser,
            os: view.os,
            country: view.country,
            connection: view.connection,
            release: view.release,
            referrer: view.referrer,
            bot: Bot {
                class: match view.bot {
                    domain::rum::Bot::Human => BotClass::Human,
                    domain::rum::Bot::Suspect => BotClass::Suspect,
                    domain::rum::Bot::Bot => BotClass::Bot,
                },
                reason: view.bot_reason,
            },
            weight: view.weight,
            vitals: PageViewVitals {
                lcp: vital(Vital::Lcp),
                inp: vital(Vital::Inp),
                cls: vital(Vital::Cls),
                fcp: vital(Vital::Fcp),
                ttfb: vital(Vital::Ttfb),
                fid: vital(Vital::Fid),
            },
            attribution: Attribution {
                lcp: LcpAttribution {
                    target: why.lcp_target,
                    url: why.lcp_url,
                    ttfb: why.lcp_ttfb,
                    load_delay: why.lcp_load_delay,
                    load_time: why.lcp_load_time,
                    render_delay: why.lcp_render_delay,
                },
                inp: InpAttribution {
                    target: why.inp_target,
                    r#type: why.inp_type,
                    input_delay: why.inp_input_delay,
                    processing: why.inp_processing,
                    presentation: why.inp_presentation,
                    script: why.inp_script,
                    function: why.inp_function,
                },
                cls: ClsAttribution { target: why.cls_target, value: why.cls_value },
            },
            metrics: view.metrics,
            tags: view.tags,
        }
    }
}

impl From<integrations::Page<PageViewRecord>> for PageViewList {
    fn from(page: integrations::Page<PageViewRecord>) -> Self {
        let place = |last: &PageViewRecord| PageViewPlace { at: last.at, id: last.id }.written();
        let next_cursor = page.entries.last().filter(|_| page.more).map(place);
        Self { data: page.entries.into_iter().map(PageView::from).collect(), next_cursor }
    }
}

/// List page views
///
/// The page views of a period, bots included, the newest first, 50 a page. What comes while you
/// read moves nothing. Page views are kept as long as the plan says. Needs the scope
/// `vitals:read`.
#[utoipa::path(
    get,
    path = "/v1/projects/{project}/pageviews",
    operation_id = "listPageViews",
    tag = "Field data",
    params(
        ("project" = Uuid, Path, description = "The project's id."),
        ("from" = inline(Option<Moment>), Query, description = "Beginning of the period; 28 days before `to` by default."),
        ("to" = inline(Option<Moment>), Query, description = "End of the period, not part of it; the end of this hour by default."),
        ("cursor" = inline(Option<PageViewCursor>), Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = OK, description = "One page of page views.", body = PageViewList)),
)]
pub async fn list(
    State(server): State<Server>,
    Extension(Caller(actor)): Extension<Caller>,
    ProjectPath(project): ProjectPath,
    RawQuery(query): RawQuery,
) -> Result<Json<PageViewList>, Problem> {
    let mut params = Params::read(query.as_deref(), &["from", "to", "cursor"]);
    let range = params.range(integrations::now(&server.engine, &actor));
    let after = params.parsed("cursor", cursor::words, PageViewPlace::parse);
    let range = params.finish(range)?;
    Ok(Json(integrations::page_views(&server.engine, &actor, project, range, after).await?.into()))
}
