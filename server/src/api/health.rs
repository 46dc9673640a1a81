//! `/v1/projects/{id}/health`.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use engine::integrations;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    caller::Caller,
    params::{Params, ProjectPath},
    schemas::Moment,
};
use crate::{problem::Problem, state::Server};

/// What became of the beacons of a period: `received` is `stored`, all of `rejected`, `limited`
/// and `over_quota` together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    pub received: u64,
    /// Accepted: new page views, updates and repeats.
    pub stored: u64,
    /// Refused, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Refused because their sender was over the limit for one address.
    pub limited: u64,
    /// Over the quota of the plan: left out by the sample (others stand for them), or past its hard stop.
    pub over_quota: u64,
    /// Page views that are not of people, by the reason why; stored, and left out of the figures.
    pub bots: BTreeMap<String, u64>,
}

impl From<domain::rum::Health> for Health {
    fn from(health: domain::rum::Health) -> Self {
        let mut rejected: BTreeMap<String, u64> =
            health.rejected.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect();
        let mut bots = BTreeMap::new();
        for bot in health.bots {
            *bots.entry(bot.reason).or_default() += bot.page_views;
        }
        Self {
            received: health.received,
            stored: health.stored,
            // These two are told by themselves: they say nothing against the beacon.
            limited: rejected.remove("rate_limited").unwrap_or_default(),
            over_quota: health.left_out + rejected.remove("over_quota").unwrap_or_default(),
            rejected,
            bots,
        }
    }
}

/// Read data health
///
/// What became of every beacon of a period. Beacons are counted by the hour: the period is
/// widened to whole hours. Needs the scope `vitals:read`.
#[utoipa::path(
    get,
    path = "/v1/projects/{project}/health",
    operation_id = "getHealth",
    tag = "Field data",
    params(
        ("project" = Uuid, Path, description = "The project's id."),
        ("from" = inline(Option<Moment>), Query, description = "Beginning of the period; 28 days before `to` by default."),
        ("to" = inline(Option<Moment>), Query, description = "End of the period, not part of it; the end of this hour by default."),
    ),
    responses((status = OK, description = "The counts.", body = Health)),
)]
pub async fn read(
    State(server): State<Server>,
    Extension(Caller(actor)): Extension<Caller>,
    ProjectPath(project): ProjectPath,
    RawQuery(query): RawQuery,
) -> Result<Json<Health>, Problem> {
    let mut params = Params::read(query.as_deref(), &["from", "to"]);
    let range = params.range(integrations::now(&server.engine, &actor));
    let range = params.finish(range)?;
    Ok(Json(integrations::health(&server.engine, &actor, project, range).await?.into()))
}
