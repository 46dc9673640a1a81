//! Page views one by one, for what no sketch answers: the newest first, within the bounds of what is kept, of rows and of
//! time, and what those left out.

use chrono::{DateTime, TimeDelta, Utc};
use domain::rum::{Basis, Bound, By, Filter, LeftOut};
use sqlx::{Postgres, pool::PoolConnection};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::question::{Question, Range};
use crate::{
    Error, Result,
    rum::{
        metric_store::{self, SentRow},
        raw_store::{self, RawFilter, RawRow, Stopped},
        read_store, retention,
        view_store::{self, ViewRow},
    },
};

/// So many answers read raw rows at once; others wait, so that a few heavy pages leave the database
/// to everybody else.
static TURNS: Semaphore = Semaphore::const_new(3);

/// A turn to read page views.
struct Turn {
    _permit: SemaphorePermit<'static>,
    db: PoolConnection<Postgres>,
    kept: Kept,
}

/// The page views of a range, of which only those since `from` may be kept.
struct Kept {
    range: Range,
    from: DateTime<Utc>,
    /// The stored names of the filter's page group; `None` for all.
    page_groups: Option<Vec<String>>,
}

impl Kept {
    fn which<'a>(&'a self, filter: &'a Filter, only_human: bool) -> RawFilter<'a> {
        let (from, to) = self.range;
        RawFilter { filter, page_groups: self.page_groups.as_deref(), range: (from.max(self.from), to), only_human }
    }
}

impl Question<'_> {
    async fn turn(&self, range: Range) -> Result<Turn> {
        let days = retention::raw_days(self.engine, self.project, self.team).await?;
        let permit = TURNS.acquire().await.map_err(Error::internal)?;
        let mut db = self.engine.db.acquire().await?;
        let page_groups = self.stored_page_groups(&mut db, range).await?;
        let from = self.now - TimeDelta::days(i64::from(days));
        Ok(Turn { _permit: permit, db, kept: Kept { range, from, page_groups } })
    }

    /// What is not in an answer that was read so far.
    async fn left_out(&self, Turn { db, kept, .. }: &mut Turn, stopped: Option<Stopped>) -> Result<Option<LeftOut>> {
        if let Some(Stopped { at, why }) = stopped {
            return Ok(Some(LeftOut { before: at, why }));
        }
        let (from, _) = kept.range;
        // What never was is not missing.
        let is_missing = from < kept.from && read_store::any_counted(db, self.project, (from, kept.from)).await?;
        Ok(is_missing.then_some(LeftOut { before: kept.from, why: Bound::Kept }))
    }

    /// Hands out the range's page views. Says how many there were, and what was left out.
    pub async fn page_views(
        &self,
        by: Option<&By>,
        range: Range,
        only_human: bool,
        mut each: impl FnMut(RawRow),
    ) -> Result<Basis> {
        let mut turn = self.turn(range).await?;
        let which = turn.kept.which(&self.filter, only_human);
        let mut rows = 0;
        let stopped = raw_store::page_views(&mut turn.db, self.project, &which, by, raw_store::BOUNDS, |row| {
            rows += 1;
            each(row);
        })
        .await?;
        Ok(Basis::RawRows { rows, left_out: self.left_out(&mut turn, stopped).await? })
    }

    /// Hands out the people's page views of a range that sent metrics, as [`Question::page_views`] does. What is left
    /// out is told where page views were counted there, whether or not they sent any.
    pub async fn sent_metrics(&self, range: Range, mut each: impl FnMut(SentRow)) -> Result<Basis> {
        let mut turn = self.turn(range).await?;
        let which = turn.kept.which(&self.filter, true);
        let mut rows = 0;
        let stopped = metric_store::sent(&mut turn.db, self.project, &which, raw_store::BOUNDS, |row| {
            rows += 1;
            each(row);
        })
        .await?;
        Ok(Basis::RawRows { rows, left_out: self.left_out(&mut turn, stopped).await? })
    }

    /// The newest page views of a range with all that is known of them, and the moment before which they are not in the
    /// answer, if not all are. Their page groups are named by today's templates.
    pub async fn newest(&self, range: Range, most: u32) -> Result<(Vec<ViewRow>, Option<DateTime<Utc>>)> {
        let mut turn = self.turn(range).await?;
        let which = turn.kept.which(&self.filter, true);
        let (mut rows, stopped) = view_store::newest(&mut turn.db, self.project, &which, most).await?;
        for row in &mut rows {
            row.line.page_group = self.page_groups.group(&row.line.page_group);
        }
        Ok((rows, self.left_out(&mut turn, stopped).await?.map(|left_out| left_out.before)))
    }
}
