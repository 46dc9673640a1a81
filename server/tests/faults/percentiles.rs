//! What pages show against exact figures over the stored rows of people: counts and shares
//! equal, percentiles within 1 %.

use bench::{
    benchmarks,
    subject::{Project, Subject},
};
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Bot, Device, Dimension, Filter, Listing, Period, Query, Rating, Shares, Vital},
};
use engine::rum;
use sqlx::{AssertSqlSafe, PgPool};

use crate::{Result, evidence::Row};

/// Relative error that a percentile may have.
const ERROR: f64 = 0.01;

pub async fn pages_tell_what_the_rows_tell(
    subject: &Subject,
    projects: &[Project],
    rows: &[Row],
    database: &PgPool,
) -> Result<()> {
    let engine = benchmarks::engine(subject).await?;
    let actor = Actor::system();
    for project in projects {
        let id = ProjectId(project.id);
        let people: Vec<&Row> = rows.iter().filter(|row| row.project == project.id && row.bot == Bot::Human).collect();
        for (period, device) in [(Period::Day, None), (Period::FourWeeks, None), (Period::Week, Some(Device::Mobile))] {
            let filter = Filter { device, ..Filter::default() };
            let seen: Vec<&Row> = people
                .iter()
                .copied()
                .filter(|row| device.is_none_or(|device| row.device == device.as_str()))
                .collect();
            for vital in Vital::ALL {
                let query = Query { period, filter: filter.clone(), vital, ..Query::default() };
                overview(&engine, &actor, id, &query, &seen).await?;
                trend(&engine, &actor, id, &query, &seen).await?;
            }
        }
        for vital in Vital::CORE {
            breakdowns(&engine, &actor, id, &Query { vital, ..Query::default() }, &people).await?;
        }
        if project.site.sampled == 0.0 {
            as_postgres_counts(&engine, &actor, id, database).await?;
        }
    }
    Ok(())
}

async fn overview(engine: &engine::Engine, actor: &Actor, id: ProjectId, query: &Query, rows: &[&Row]) -> Result<()> {
    let overview = rum::overview(engine, actor, id, query).await?;
    same("page views", overview.page_views, stood_for(rows.iter()))?;
    same("counted page views", overview.counted, rows.len())?;
    for verdict in &overview.verdicts {
        same(
            "page views of a device",
            verdict.page_views,
            stood_for(rows.iter().filter(|row| row.device == verdict.device.as_str())),
        )?;
    }
    for summary in &overview.vitals {
        let values = values(rows, summary.vital);
        same("values", summary.count, values.len())?;
        near(summary.vital, summary.value, exact(&values, 0.75))?;
        same_shares(summary.vital, summary.shares, &values)?;
    }
    Ok(())
}

async fn trend(engine: &engine::Engine, actor: &Actor, id: ProjectId, query: &Query, rows: &[&Row]) -> Result<()> {
    let series = rum::trend(engine, actor, id, query).await?;
    let mut counted = 0;
    for point in &series.points {
        let inside: Vec<&Row> =
            rows.iter().copied().filter(|row| series.granularity.floor(row.at) == point.at).collect();
        let values = values(&inside, query.vital);
        same("values of a bucket", point.count, values.len())?;
        for (percentile, quantile) in [(point.p50, 0.5), (point.p75, 0.75), (point.p95, 0.95)] {
            near(query.vital, percentile, exact(&values, quantile))?;
        }
        same_shares(query.vital, point.shares, &values)?;
        counted += values.len();
    }
    same("values of all buckets", counted as u64, values(rows, query.vital).len())
}

async fn breakdowns(engine: &engine::Engine, actor: &Actor, id: ProjectId, query: &Query, rows: &[&Row]) -> Result<()> {
    for dimension in Dimension::ALL {
        let breakdown = rum::breakdown(engine, actor, id, query, &Listing::by(dimension)).await?;
        if breakdown.total_rows as usize == breakdown.rows.len() {
            same(
                "page views of a table",
                breakdown.rows.iter().map(|row| row.page_views).sum(),
                stood_for(rows.iter()),
            )?;
        }
        // Templates that were learnt meanwhile put page groups together: their rows are not those
        // that were stored.
        if dimension == Dimension::PageGroup {
            continue;
        }
        for line in &breakdown.rows {
            let inside: Vec<&Row> = rows.iter().copied().filter(|row| row.key(dimension) == line.key).collect();
            let values = values(&inside, query.vital);
            same("page views of a line", line.page_views, stood_for(inside.iter()))?;
            same("values of a line", line.count, values.len())?;
            near(query.vital, line.value, exact(&values, 0.75))?;
            same_shares(query.vital, line.shares, &values)?;
        }
    }
    Ok(())
}

/// The same once more, with PostgreSQL's own percentiles, where all page views weigh one.
async fn as_postgres_counts(engine: &engine::Engine, actor: &Actor, id: ProjectId, database: &PgPool) -> Result<()> {
    let overview = rum::overview(engine, actor, id, &Query::default()).await?;
    for summary in &overview.vitals {
        let vital = summary.vital;
        let (good, needs_improvement) = vital.thresholds();
        let question = format!(
            "select count({0}), percentile_disc(0.75) within group (order by {0}),
                    count(*) filter (where {0} <= {good}), count(*) filter (where {0} > {good} and {0} <= {needs_improvement})
             from page_views where project_id = $1 and bot = 'human'",
            vital.as_str()
        );
        let (count, p75, good, middling): (i64, Option<f64>, i64, i64) =
            sqlx::query_as(AssertSqlSafe(question)).bind(id.0).fetch_one(database).await?;
        same("values", summary.count, usize::try_from(count)?)?;
        near(vital, summary.value, p75)?;
        let shares = (count > 0).then(|| Shares {
            good: good as f64 / count as f64,
            needs_improvement: middling as f64 / count as f64,
            poor: (count - good - middling) as f64 / count as f64,
        });
        if summary.shares != shares {
            return Err(format!("{vital:?}: shares are {:?} and must be {shares:?}", summary.shares).into());
        }
    }
    Ok(())
}

/// Page views that these stand for: each a whole number of them.
fn stood_for<'a>(rows: impl Iterator<Item = &'a &'a Row>) -> usize {
    let thousandths: usize = rows.map(|row| row.measured.weight.thousandths().unsigned_abs() as usize).sum();
    thousandths / 1_000
}

/// Values with their weights, in order.
fn values(rows: &[&Row], vital: Vital) -> Vec<(f64, u64)> {
    let mut values: Vec<(f64, u64)> = rows
        .iter()
        .filter_map(|row| {
            Some((row.measured.vitals.get(vital)?, u64::from(row.measured.weight.thousandths().unsigned_abs())))
        })
        .collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values
}

/// The smallest value that at least `quantile` of the weight does not exceed.
fn exact(values: &[(f64, u64)], quantile: f64) -> Option<f64> {
    let all: u64 = values.iter().map(|(_, weight)| weight).sum();
    // Weights are thousandths: less than one of them is rounding.
    let wanted = quantile * all as f64 - 1e-6;
    let mut below = 0;
    values.iter().find_map(|(value, weight)| {
        below += weight;
        (below as f64 >= wanted).then_some(*value)
    })
}

fn near(vital: Vital, shown: Option<f64>, exact: Option<f64>) -> Result<()> {
    match (shown, exact) {
        (None, None) => Ok(()),
        (Some(shown), Some(exact)) if (shown - exact).abs() <= exact * ERROR + 1e-9 => Ok(()),
        _ => Err(format!("{vital:?}: {shown:?} is shown, and {exact:?} is exact").into()),
    }
}

fn same(what: &str, shown: u64, stored: usize) -> Result<()> {
    if shown == stored as u64 {
        Ok(())
    } else {
        Err(format!("{shown} {what} are shown, and {stored} are stored").into())
    }
}

fn same_shares(vital: Vital, shown: Option<Shares>, values: &[(f64, u64)]) -> Result<()> {
    let weight = |rating: Option<Rating>| -> u64 {
        values
            .iter()
            .filter(|(value, _)| rating.is_none_or(|rating| vital.rate(*value) == rating))
            .map(|(_, weight)| weight)
            .sum()
    };
    let all = weight(None);
    let share = |rating| weight(Some(rating)) as f64 / all as f64;
    let exact = (all > 0).then(|| Shares {
        good: share(Rating::Good),
        needs_improvement: share(Rating::NeedsImprovement),
        poor: share(Rating::Poor),
    });
    if shown == exact {
        Ok(())
    } else {
        Err(format!("{vital:?}: shares {shown:?} are shown, and {exact:?} are exact").into())
    }
}
