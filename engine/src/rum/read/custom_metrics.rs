//! What the site itself measures: its custom metrics.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{CustomMetric, CustomMetrics, MetricPoint, MetricValues, Query, State, Weight},
};

use super::question::{Question, Range, buckets};
use crate::{Engine, Result, projects};

/// What one name was sent with: when, the value, and what the page view stands for.
type Sent = Vec<(DateTime<Utc>, f64, Weight)>;

/// The custom metrics of a view, those that most page views sent first. Exact, from single page views: no sketch is
/// kept of them. Where the team's plan has none, so it is told, and nothing else.
pub async fn custom_metrics(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
) -> Result<CustomMetrics> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (from, to) = query.period.range(engine.now());
    let in_plan = question.has_custom_metrics().await?;
    let mut answer = CustomMetrics {
        from,
        to,
        percentile: query.percentile,
        in_plan,
        basis: domain::rum::Basis::RawRows { rows: 0, left_out: None },
        granularity: question.granularity(),
        metrics: Vec::new(),
        total_metrics: 0,
        deploys: Vec::new(),
        incidents: Vec::new(),
    };
    if !in_plan {
        return Ok(answer);
    }
    let mut by_name: HashMap<String, Sent> = HashMap::new();
    answer.basis = question
        .sent_metrics((from, to), |row| {
            for (name, value) in row.metrics {
                by_name.entry(name).or_default().push((row.at, value, row.weight));
            }
        })
        .await?;
    answer.total_metrics = u32::try_from(by_name.len()).unwrap_or(u32::MAX);
    let mut most: Vec<(String, Sent)> = by_name.into_iter().collect();
    most.sort_by(|(a, sent), (b, others)| others.len().cmp(&sent.len()).then_with(|| a.cmp(b)));
    most.truncate(CustomMetric::MOST);
    answer.metrics =
        most.into_iter().filter_map(|(name, sent)| metric(&question, query, (from, to), name, sent)).collect();
    let mut db = engine.db.acquire().await?;
    answer.deploys = projects::deploys(&mut db, project, (from, to)).await?;
    answer.incidents = projects::incidents(&mut db, project, (from, to)).await?;
    Ok(answer)
}

/// `None` without a value.
fn metric(question: &Question<'_>, query: &Query, range: Range, name: String, sent: Sent) -> Option<CustomMetric> {
    let mut by_time: BTreeMap<DateTime<Utc>, Vec<(f64, Weight)>> = BTreeMap::new();
    for (at, value, weight) in &sent {
        by_time.entry(question.granularity().floor(*at)).or_default().push((*value, *weight));
    }
    let points = buckets(question.granularity(), range)
        .map(|at| {
            let values = MetricValues::of(by_time.remove(&at).unwrap_or_default());
            MetricPoint { at, count: values.count(), values: values.percentiles() }
        })
        .collect();
    let all = MetricValues::of(sent.into_iter().map(|(_, value, weight)| (value, weight)));
    let interval = all.interval(query.percentile.quantile());
    Some(CustomMetric {
        name,
        count: all.count(),
        values: all.percentiles()?,
        interval,
        state: State::unrated(all.count(), interval),
        points,
    })
}
