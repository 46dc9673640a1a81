//! `/v1/projects/{id}/vitals`.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use domain::rum::{
    Device, Dimension, FigureGroup, FigurePoint, Figures, FiguresQuery, Granularity, NavigationType, Percentile, Vital,
};
use engine::integrations;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    caller::Caller,
    params::{Params, ProjectPath},
    schemas::{
        DeviceClass, FILTER_BYTES, GRANULARITIES, Metric, Moment, Navigation, PercentileNumber, Property, Text, Width,
        number,
    },
};
use crate::{problem::Problem, state::Server};

/// One vital over a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Vitals {
    /// The vital: lcp, inp, cls, fcp, ttfb or fid.
    #[schema(value_type = Metric)]
    pub metric: &'static str,
    /// `ms`; empty for cls, which has none.
    pub unit: &'static str,
    #[schema(value_type = PercentileNumber)]
    pub percentile: u8,
    /// The percentile, within 1 %; null where there is no data.
    #[schema(required)]
    pub value: Option<f64>,
    /// Where the true percentile lies with 95 % certainty; null where the data do not tell.
    #[schema(required)]
    pub interval: Option<Interval>,
    /// Page views that reported the vital.
    pub count: u64,
    #[schema(required)]
    pub shares: Option<Shares>,
    pub state: Trust,
    /// The width of the series' points: hour or day.
    #[schema(value_type = Width)]
    pub granularity: &'static str,
    /// One point an hour or a day, without gaps, the oldest first.
    pub series: Vec<Point>,
    /// At most 50, those with most page views first; empty without `group_by`.
    pub groups: Vec<Group>,
    /// Whether the figures are of nearly, not exactly, the page views that were asked about: the
    /// period is longer than 400 days, or reaches back to where only whole days or no page views
    /// are kept, or so many page views match several filters that only the newest were read.
    pub approximate: bool,
}

/// `low <= value <= high`, in the vital's unit.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Parts of the page views by rating; each 0 to 1, together 1.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Shares {
    pub good: f64,
    pub needs_improvement: f64,
    pub poor: f64,
}

/// How far the value can be trusted.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// No page view reported the vital.
    NoData,
    /// Fewer than 10 did.
    TooFew,
    /// Fewer than 50 did, or more would well change the rating.
    Provisional,
    Stable,
}

/// One hour or day.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Point {
    /// Its beginning.
    pub at: DateTime<Utc>,
    #[schema(required)]
    pub value: Option<f64>,
    pub count: u64,
}

/// The page views that have one value of the property.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Group {
    /// The value; empty where it is not known.
    pub key: String,
    #[schema(required)]
    pub value: Option<f64>,
    pub count: u64,
    #[schema(required)]
    pub shares: Option<Shares>,
}

impl From<domain::rum::Shares> for Shares {
    fn from(domain::rum::Shares { good, needs_improvement, poor }: domain::rum::Shares) -> Self {
        Self { good, needs_improvement, poor }
    }
}

impl From<domain::rum::State> for Trust {
    fn from(state: domain::rum::State) -> Self {
        match state {
            domain::rum::State::NoData => Self::NoData,
            domain::rum::State::TooFew => Self::TooFew,
            domain::rum::State::Provisional => Self::Provisional,
            domain::rum::State::Stable => Self::Stable,
        }
    }
}

impl From<Figures> for Vitals {
    fn from(figures: Figures) -> Self {
        let point = |FigurePoint { at, value, count }| Point { at, value, count };
        let group =
            |FigureGroup { key, value, count, shares }| Group { key, value, count, shares: shares.map(Shares::from) };
        Self {
            metric: figures.vital.as_str(),
            unit: figures.vital.unit(),
            percentile: number(figures.percentile),
            value: figures.value,
            interval: figures.interval.map(|interval| Interval { low: interval.low, high: interval.high }),
            count: figures.count,
            shares: figures.shares.map(Shares::from),
            state: figures.state.into(),
            granularity: width(figures.granularity),
            series: figures.series.into_iter().map(point).collect(),
            groups: figures.groups.into_iter().map(group).collect(),
            approximate: figures.approximate,
        }
    }
}

const KNOWN: [&str; 14] = [
    "metric",
    "percentile",
    "from",
    "to",
    "granularity",
    "group_by",
    "filter[page_group]",
    "filter[device]",
    "filter[country]",
    "filter[browser]",
    "filter[os]",
    "filter[connection]",
    "filter[navigation_type]",
    "filter[release]",
];

/// Read a vital
///
/// A percentile of one vital over a period, with its 95 % interval, the shares of good, needs
/// improvement and poor, a series, and groups if asked for. Only page views of people count. Needs
/// the scope `vitals:read`.
#[utoipa::path(
    get,
    path = "/v1/projects/{project}/vitals",
    operation_id = "getVitals",
    tag = "Field data",
    params(
        ("project" = Uuid, Path, description = "The project's id."),
        ("metric" = inline(Metric), Query, description = "Which vital."),
        ("percentile" = inline(Option<PercentileNumber>), Query, description = "Which percentile; 75, Google's, by default."),
        ("from" = inline(Option<Moment>), Query, description = "Beginning of the period; 28 days before `to` by default. Of more than 400 days, the newest are told."),
        ("to" = inline(Option<Moment>), Query, description = "End of the period, not part of it; the end of this hour by default. Whichever of the two comes first is the beginning."),
        ("granularity" = inline(Option<Width>), Query, description = "Width of the series' points; by default hours up to 7 days, else days of UTC. Hours are kept for 28 days: a period that reaches farther back has days, whatever is asked for."),
        ("group_by" = inline(Option<Property>), Query, description = "Split by this property."),
        ("filter[page_group]" = inline(Option<Text>), Query, description = "Only this group of pages, such as `/product/*`. Filters combine."),
        ("filter[device]" = inline(Option<DeviceClass>), Query, description = "Only this class of device."),
        ("filter[country]" = inline(Option<Text>), Query, description = "Only this country, ISO 3166-1 alpha-2. Empty stands for not known, as with all texts."),
        ("filter[browser]" = inline(Option<Text>), Query, description = "Only this browser."),
        ("filter[os]" = inline(Option<Text>), Query, description = "Only this operating system."),
        ("filter[connection]" = inline(Option<Text>), Query, description = "Only this kind of connection, such as `4g`."),
        ("filter[navigation_type]" = inline(Option<Navigation>), Query, description = "Only this type of navigation."),
        ("filter[release]" = inline(Option<Text>), Query, description = "Only this release of the site."),
    ),
    responses((status = OK, description = "The figures.", body = Vitals)),
)]
pub async fn read(
    State(server): State<Server>,
    Extension(Caller(actor)): Extension<Caller>,
    ProjectPath(project): ProjectPath,
    RawQuery(query): RawQuery,
) -> Result<Json<Vitals>, Problem> {
    let now = integrations::now(&server.engine, &actor);
    let query = asked(query.as_deref(), now)?;
    Ok(Json(integrations::vitals(&server.engine, &actor, project, &query).await?.into()))
}

fn asked(query: Option<&str>, now: DateTime<Utc>) -> Result<FiguresQuery, Problem> {
    let mut params = Params::read(query, &KNOWN);
    let metrics = || format!("Give one of {}.", Vital::ALL.map(Vital::as_str).join(", "));
    if params.text("metric").is_none() {
        params.fault("metric", metrics());
    }
    let vital = params.parsed("metric", metrics, Vital::parse);
    let percentile = params.parsed(
        "percentile",
        || format!("Give one of {}.", Percentile::ALL.map(|of| number(of).to_string()).join(", ")),
        |text| Percentile::ALL.into_iter().find(|of| number(*of).to_string() == text),
    );
    let range = params.range(now);
    let granularity = params.parsed(
        "granularity",
        || "Give hour or day.".to_owned(),
        |text| GRANULARITIES.into_iter().find(|(word, _)| *word == text).map(|(_, granularity)| granularity),
    );
    let group_by = params.parsed(
        "group_by",
        || format!("Give one of {}.", Dimension::ALL.map(Dimension::as_str).join(", ")),
        Dimension::parse,
    );
    let mut filters = BTreeMap::new();
    for by in Dimension::ALL {
        let name = format!("filter[{}]", by.as_str());
        if let Some(value) = params.parsed(&name, || filter_words(by), |text| filter(by, text)) {
            filters.insert(by, value);
        }
    }
    let read = vital.zip(range).map(|(vital, range)| FiguresQuery {
        vital,
        percentile: percentile.unwrap_or_default(),
        range,
        granularity,
        group_by,
        filters,
    });
    params.finish(read)
}

/// A filter's value, if page views can have it.
fn filter(by: Dimension, text: &str) -> Option<String> {
    let can_be = match by {
        Dimension::Device => Device::parse(text).is_some(),
        Dimension::NavigationType => NavigationType::parse(text).is_some(),
        _ => text.len() <= FILTER_BYTES && !text.chars().any(char::is_control),
    };
    can_be.then(|| text.to_owned())
}

fn width(granularity: Granularity) -> &'static str {
    GRANULARITIES.into_iter().find(|(_, one)| *one == granularity).map_or("day", |(word, _)| word)
}

fn filter_words(by: Dimension) -> String {
    match by {
        Dimension::Device => format!("Give one of {}.", Device::ALL.map(Device::as_str).join(", ")),
        Dimension::NavigationType => {
            format!("Give one of {}.", NavigationType::ALL.map(NavigationType::as_str).join(", "))
        }
        _ => format!("Give a text of at most {FILTER_BYTES} bytes, without control characters."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<FiguresQuery, Vec<String>> {
        asked(Some(query), "2026-11-22T10:30:00Z".parse().unwrap())
            .map_err(|problem| problem.invalid.into_iter().map(|fault| fault.field.into_owned()).collect())
    }

    #[test]
    fn a_question_is_read_whole() {
        let query = read(
            "metric=inp&percentile=95&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00%2B01:00&granularity=hour\
             &group_by=country&filter%5Bdevice%5D=mobile&filter[page_group]=/product/*&filter[release]=",
        )
        .unwrap();
        assert_eq!((query.vital, query.percentile), (Vital::Inp, Percentile::P95));
        assert_eq!(query.range.to.to_rfc3339(), "2026-11-01T23:00:00+00:00");
        assert_eq!((query.granularity, query.group_by), (Some(Granularity::Hour), Some(Dimension::Country)));
        let filters: Vec<_> = query.filters.iter().map(|(by, value)| (*by, value.as_str())).collect();
        assert_eq!(
            filters,
            [(Dimension::PageGroup, "/product/*"), (Dimension::Device, "mobile"), (Dimension::Release, "")]
        );
        assert_eq!(read("metric=lcp").unwrap().percentile, Percentile::P75);
    }

    #[test]
    fn every_bad_parameter_is_named() {
        assert_eq!(read("").unwrap_err(), ["metric"]);
        let faults = read(
            "metric=speed&percentile=p75&from=then&granularity=week&group_by=age&filter[device]=watch\
             &filter[country]=%00&filter[colour]=red&filter[navigation_type]=",
        );
        assert_eq!(
            faults.unwrap_err(),
            [
                "filter[colour]",
                "metric",
                "percentile",
                "from",
                "granularity",
                "group_by",
                "filter[device]",
                "filter[country]",
                "filter[navigation_type]"
            ]
        );
    }
}
