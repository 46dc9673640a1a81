//! One vital, split by a property of the page views.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Basis, By, Dimension, Interval, Percentile, Shares, State, ViewSketch, Vital, VitalSketch};

/// Rows of one page of a table.
pub const ROWS_A_PAGE: u32 = 50;

/// A table of segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    pub by: By,
    pub vital: Vital,
    pub percentile: Percentile,
    pub basis: Basis,
    /// All page views of the view as one row; its key is empty.
    pub all: BreakdownRow,
    /// The rows of the page that was asked for, or of the last one if there are fewer; at most
    /// [`ROWS_A_PAGE`].
    pub rows: Vec<BreakdownRow>,
    /// Which page that is, from 1.
    pub page: u32,
    /// How many rows the search found.
    pub found_rows: u32,
    /// How many rows there are in all.
    pub total_rows: u32,
}

/// One value of the property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakdownRow {
    /// The value; empty where the property is not known.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Page views, whatever they reported.
    pub page_views: u64,
    /// Their part of the view's page views, 0–1.
    pub traffic: f64,
    /// Page views that reported the vital.
    pub count: u64,
    /// The query's percentile.
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    pub shares: Option<Shares>,
    pub state: State,
    /// See [`opportunity`].
    pub opportunity: f64,
}

/// What the site's share of good views would gain if all views of a segment were good, 0–1:
///
/// ```text
/// opportunity(s) = (W(s) − good(s)) / W = W(s)/W · (1 − share of good(s))
/// ```
///
/// where W is the weight of all page views of the view that reported the vital, W(s) that of the
/// segment's, and good(s) the weight of those rated good. So a small segment that is all bad and
/// a large one that is a little bad can be compared. The opportunities of all segments of a split
/// add up to the site's share of views that are not good: none is counted twice, none is missing.
/// 0 where nothing was reported.
pub fn opportunity(segment: &VitalSketch, site: &VitalSketch) -> f64 {
    if site.weight() == 0 {
        return 0.0;
    }
    segment.weight_not_good() as f64 / site.weight() as f64
}

impl BreakdownRow {
    /// The row of a segment of a site.
    pub fn of(
        key: String,
        name: String,
        segment: &ViewSketch,
        site: &ViewSketch,
        vital: Vital,
        percentile: Percentile,
    ) -> Self {
        let (mine, all) = (segment.vital(vital), site.vital(vital));
        let value = mine.quantile(percentile.quantile());
        let interval = mine.interval(percentile.quantile());
        Self {
            key,
            name,
            page_views: segment.page_views(),
            traffic: if site.weight() == 0 { 0.0 } else { segment.weight() as f64 / site.weight() as f64 },
            count: mine.count(),
            value,
            interval,
            shares: mine.shares(),
            state: State::of(vital, mine.count(), value.unwrap_or_default(), interval),
            opportunity: opportunity(mine, all),
        }
    }
}

/// A column that a table can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Name,
    PageViews,
    Traffic,
    Value,
    Good,
    NeedsImprovement,
    Poor,
    /// Where there is most to gain.
    #[default]
    Opportunity,
}

impl Column {
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::PageViews,
        Self::Traffic,
        Self::Value,
        Self::Good,
        Self::NeedsImprovement,
        Self::Poor,
        Self::Opportunity,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::PageViews => "page_views",
            Self::Traffic => "traffic",
            Self::Value => "value",
            Self::Good => "good",
            Self::NeedsImprovement => "needs_improvement",
            Self::Poor => "poor",
            Self::Opportunity => "opportunity",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == word)
    }

    /// The direction that one looks for first: names from A, and of figures the largest.
    pub const fn usual_direction(self) -> Direction {
        match self {
            Self::Name => Direction::Ascending,
            _ => Direction::Descending,
        }
    }

    /// The figure of a row; `None` where it has none, or one that is not shown.
    fn figure(self, row: &BreakdownRow) -> Option<f64> {
        let shares = row.shares.filter(|_| row.state.shows_value());
        match self {
            Self::Name => None,
            Self::PageViews => Some(row.page_views as f64),
            Self::Traffic => Some(row.traffic),
            Self::Value => row.value.filter(|_| row.state.shows_value()),
            Self::Good => shares.map(|shares| shares.good),
            Self::NeedsImprovement => shares.map(|shares| shares.needs_improvement),
            Self::Poor => shares.map(|shares| shares.poor),
            Self::Opportunity => Some(row.opportunity),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ascending, Self::Descending].into_iter().find(|direction| direction.as_str() == word)
    }
}

/// Which rows of a table are shown, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Listing {
    pub by: By,
    pub sort: Column,
    pub direction: Direction,
    /// From 1.
    pub page: u32,
    /// Part of a name, in any case of letters; empty for all.
    pub search: String,
}

impl Listing {
    /// Most bytes of a search.
    const MOST_SEARCH: usize = 200;

    /// The first page, with most to gain on top.
    pub fn by(by: impl Into<By>) -> Self {
        let sort = Column::default();
        Self { by: by.into(), sort, direction: sort.usual_direction(), page: 1, search: String::new() }
    }

    /// Reads the address's parameters; what is unknown or malformed counts as absent.
    pub fn from_params<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Self {
        let sort = param("sort").and_then(Column::parse).unwrap_or_default();
        Self {
            by: param("by").and_then(By::parse).unwrap_or(By::Dimension(Dimension::PageGroup)),
            sort,
            direction: param("direction").and_then(Direction::parse).unwrap_or(sort.usual_direction()),
            page: param("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
            search: param("q")
                .map(|text| text.trim())
                .filter(|text| text.len() <= Self::MOST_SEARCH)
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// The parameters that reproduce it; defaults are left out.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let mut params = Vec::new();
        if self.by != By::Dimension(Dimension::PageGroup) {
            params.push(("by", self.by.word()));
        }
        if self.sort != Column::default() {
            params.push(("sort", self.sort.as_str().to_owned()));
        }
        if self.direction != self.sort.usual_direction() {
            params.push(("direction", self.direction.as_str().to_owned()));
        }
        if self.page != 1 {
            params.push(("page", self.page.to_string()));
        }
        if !self.search.is_empty() {
            params.push(("q", self.search.clone()));
        }
        params
    }

    /// Finds, sorts and cuts: the rows of the page, which page that is, and how many were found.
    pub fn pick(&self, mut rows: Vec<BreakdownRow>) -> (Vec<BreakdownRow>, u32, u32) {
        let wanted = self.search.to_lowercase();
        if !wanted.is_empty() {
            let found = |text: &str| text.to_lowercase().contains(&wanted);
            rows.retain(|row| found(&row.name) || found(&row.key));
        }
        rows.sort_by(|a, b| self.order(a, b));
        let found = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let page = self.page.clamp(1, found.div_ceil(ROWS_A_PAGE).max(1));
        let rows = rows.into_iter().skip(((page - 1) * ROWS_A_PAGE) as usize).take(ROWS_A_PAGE as usize).collect();
        (rows, page, found)
    }

    /// Rows without the figure come last in both directions; of equals, those with most page views first.
    fn order(&self, a: &BreakdownRow, b: &BreakdownRow) -> Ordering {
        let directed = |order: Ordering| match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        let sorted = match (self.sort, self.sort.figure(a), self.sort.figure(b)) {
            (Column::Name, ..) => directed(a.name.to_lowercase().cmp(&b.name.to_lowercase())),
            (_, Some(a), Some(b)) => directed(a.total_cmp(&b)),
            (_, Some(_), None) => Ordering::Less,
            (_, None, Some(_)) => Ordering::Greater,
            (_, None, None) => Ordering::Equal,
        };
        sorted.then_with(|| b.page_views.cmp(&a.page_views)).then_with(|| a.key.cmp(&b.key))
    }
}
