//! The newest page views, for a list that fills as they come.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    accounts::Actor,
    projects::PageGroups,
    rum::{Filter, LiveCursor, Query, ViewLine},
};

use super::question::Question;
use crate::{
    Engine, Result,
    rum::{raw_store::RawFilter, view_store},
};

/// Page views handed out at once at most; of more, the newest.
const MOST: u32 = 200;

/// The newest human page views under the filter, whenever they came; the newest first.
pub async fn newest_views(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    filter: &Filter,
    most: u32,
) -> Result<Vec<ViewLine>> {
    let query = Query { filter: filter.clone(), ..Query::default() };
    let question = Question::ask(engine, actor, project, &query).await?;
    let (rows, _) = question.newest((DateTime::UNIX_EPOCH, end(engine.now())), most).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// The newest page views of a view, period and all: for while they are too few to be summed up.
pub async fn newest_views_of(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
    most: u32,
) -> Result<Vec<ViewLine>> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (rows, _) = question.newest(query.period.range(engine.now()), most).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Reads page views as they come. It asks by time, and looks back a little each time: page views
/// become visible in the order in which batches are committed, by any replica. So it needs to
/// know nothing of who wrote them, and a reader who comes back with the cursor of the last one
/// that arrived misses none.
pub struct NewestViews {
    engine: Engine,
    project: ProjectId,
    page_groups: PageGroups,
    filter: Filter,
    /// The stored names of the filter's page group.
    names: Option<Vec<String>>,
    cursor: LiveCursor,
    /// What was handed out since the cursor, less the look back: its beacon's number, and when it came.
    told: BTreeMap<PageViewId, (i32, DateTime<Utc>)>,
}

impl NewestViews {
    /// Begins after the cursor; without one, now. Asks who may once: whoever watches for long
    /// must be asked again.
    pub async fn watch(
        engine: &Engine,
        actor: &Actor,
        project: ProjectId,
        filter: &Filter,
        since: Option<LiveCursor>,
    ) -> Result<Self> {
        let now = engine.now();
        let query = Query { filter: filter.clone(), ..Query::default() };
        let question = Question::ask(engine, actor, project, &query).await?;
        let names = question.page_group_names(query.period.range(now)).await?;
        Ok(Self {
            engine: engine.clone(),
            project,
            page_groups: question.page_groups,
            filter: question.filter,
            names,
            // Whoever was away for long sees what is new in the page, not here.
            cursor: since.map_or(LiveCursor(now), |since| since.clamp(LiveCursor(now - LONGEST_GAP), LiveCursor(now))),
            told: BTreeMap::new(),
        })
    }

    /// What is new, or was changed by a newer beacon, since the last call; the oldest first, each
    /// with the cursor after which it was the last. Nothing new is an empty list.
    pub async fn next(&mut self) -> Result<Vec<(LiveCursor, ViewLine)>> {
        let from = self.cursor.0 - LiveCursor::LOOK_BACK;
        let which = RawFilter {
            filter: &self.filter,
            page_groups: self.names.as_deref(),
            range: (from, end(self.engine.now())),
            only_human: true,
        };
        let mut db = self.engine.db.acquire().await?;
        let (rows, _) = view_store::newest(&mut db, self.project, &which, MOST).await?;
        drop(db);
        let mut new = Vec::new();
        for mut line in rows.into_iter().rev().map(|row| row.line) {
            let told = self.told.insert(line.id, (line.seq, line.at));
            if told.is_some_and(|(seq, _)| seq >= line.seq) {
                continue;
            }
            self.cursor = self.cursor.max(LiveCursor(line.at));
            line.page_group = self.page_groups.group(&line.page_group);
            new.push((self.cursor, line));
        }
        let kept_from = self.cursor.0 - LiveCursor::LOOK_BACK;
        self.told.retain(|_, (_, at)| *at >= kept_from);
        Ok(new)
    }
}

/// Whoever was away for longer is not told what came meanwhile one by one.
const LONGEST_GAP: TimeDelta = TimeDelta::minutes(10);

/// Later than any page view there is: replicas' clocks differ a little.
fn end(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::minutes(5)
}
