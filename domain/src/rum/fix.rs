//! What to mend first: the elements that cost page views their good rating.
//!
//! The percentile that the site would have if the page views of an element were good is computed from
//! the page views themselves: of those that name the element, each value above the good
//! threshold is replaced by the threshold, `min(value, good)`; all other values stay; and the
//! percentile of all is taken again, by the same rule (at p75, the smallest value that three
//! quarters of the page views do not exceed). So it promises no more than "merely good".

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Part, PartSums, Parts, Percentile, Rating, State, Vital, selector};

/// Rows of a table at most.
const ROWS: usize = 50;

/// Page groups named in a row at most.
const PAGE_GROUPS: usize = 3;

/// One page view that reported a vital, and why it is so.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explained {
    pub value: f64,
    /// Page views it stands for, in thousandths.
    pub weight: u32,
    pub page_group: String,
    /// The element's selector as it came.
    pub target: Option<String>,
    /// The parts of LCP, or phases of INP; empty for CLS.
    pub parts: Vec<Option<f64>>,
    /// LCP: the element's resource. INP: the longest script.
    pub source: Option<String>,
    /// INP: the script's function.
    pub function: Option<String>,
}

/// The three tables, and what they were made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixList {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Page views that were read: the newest of the period, under the filter.
    pub page_views: u64,
    /// The oldest of them where older ones of the period were left out.
    pub cut_at: Option<DateTime<Utc>>,
    /// LCP, INP, CLS.
    pub tables: Vec<FixTable>,
}

/// The elements of one vital; what would move the percentile most first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixTable {
    pub vital: Vital,
    /// Page views that reported the vital.
    pub count: u64,
    /// Of these, the ones that named no element.
    pub unexplained: u64,
    pub percentile: Percentile,
    /// That percentile of these page views.
    pub value: Option<f64>,
    pub state: State,
    /// At most 50.
    pub rows: Vec<FixRow>,
    /// How many elements there are in all.
    pub total_rows: u32,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixRow {
    /// Its normal selector.
    pub target: String,
    /// Page views that name it.
    pub count: u64,
    /// The share of these that are poor, 0–1.
    pub poor: f64,
    /// Its part of all poor page views, 0–1.
    pub of_poor: f64,
    /// The percentile of all page views if these were merely good.
    pub value_if_good: Option<f64>,
    /// What the vital is made of where the element is the cause; nothing for CLS.
    pub parts: Parts,
    /// The resource or script that most of these name, and how many do.
    pub source: Option<(String, u64)>,
    /// The function that most of these name, and how many do.
    pub function: Option<(String, u64)>,
    /// The page groups with most of these, at most three.
    pub page_groups: Vec<(String, u64)>,
    pub total_page_groups: u32,
}

/// What is gathered of one element.
#[derive(Default)]
struct Element {
    count: u64,
    weight: u64,
    poor: u64,
    not_good: u64,
    parts: PartSums,
    sources: BTreeMap<String, u64>,
    functions: BTreeMap<String, u64>,
    page_groups: BTreeMap<String, u64>,
}

/// The table of a vital at a percentile, from the page views that reported it.
pub fn fix_table(vital: Vital, percentile: Percentile, views: Vec<Explained>) -> FixTable {
    let count = views.len() as u64;
    let mut elements: Vec<(String, Element)> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    // Value, weight, and which element.
    let mut values: Vec<(f64, u64, Option<usize>)> = Vec::with_capacity(views.len());
    for view in views {
        let weight = u64::from(view.weight);
        let element = view.target.as_deref().filter(|target| !target.is_empty()).map(|target| {
            let target = selector::normal(target);
            *known.entry(target).or_insert_with_key(|target| {
                elements.push((target.clone(), Element::default()));
                elements.len() - 1
            })
        });
        values.push((view.value, weight, element));
        if let Some((_, element)) = element.and_then(|at| elements.get_mut(at)) {
            element.take(vital, view);
        }
    }
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let value = percentile_if_good(&values, None, vital, percentile);
    let state = match value {
        // Read from the page views themselves, without an interval: never more than provisional
        // while they are few.
        Some(value) => match State::of(vital, count, value, None) {
            State::Provisional if count >= State::STABLE_FROM => State::Stable,
            state => state,
        },
        None => State::NoData,
    };
    let all_poor: u64 =
        values.iter().filter(|(value, ..)| vital.rate(*value) == Rating::Poor).map(|(_, weight, _)| weight).sum();
    let unexplained = values.iter().filter(|(.., element)| element.is_none()).count() as u64;
    let total_rows = u32::try_from(elements.len()).unwrap_or(u32::MAX);

    // Only what is not good can be mended; the most of it first.
    let mut order: Vec<usize> = (0..elements.len()).filter(|&at| elements[at].1.not_good > 0).collect();
    order.sort_by(|&a, &b| {
        elements[b].1.not_good.cmp(&elements[a].1.not_good).then_with(|| elements[a].0.cmp(&elements[b].0))
    });
    order.truncate(ROWS);
    let mut rows: Vec<(u64, FixRow)> = order
        .into_iter()
        .map(|at| {
            let value_if_good = percentile_if_good(&values, Some(at), vital, percentile);
            let (target, element) = (elements[at].0.clone(), std::mem::take(&mut elements[at].1));
            (element.not_good, element.row(target, all_poor, value_if_good))
        })
        .collect();
    // A stable sort: among those that move it alike, most page views that are not good first.
    rows.sort_by(|(_, a), (_, b)| a.value_if_good.partial_cmp(&b.value_if_good).unwrap_or(std::cmp::Ordering::Equal));
    FixTable {
        vital,
        count,
        unexplained,
        percentile,
        value,
        state,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        total_rows,
    }
}

impl Element {
    fn take(&mut self, vital: Vital, view: Explained) {
        self.count += 1;
        let weight = u64::from(view.weight);
        self.weight += weight;
        match vital.rate(view.value) {
            Rating::Good => {}
            Rating::NeedsImprovement => self.not_good += weight,
            Rating::Poor => {
                self.not_good += weight;
                self.poor += weight;
            }
        }
        match *view.parts.as_slice() {
            [a, b, c, d] => self.parts.add(Part::LCP, [a, b, c, d], view.weight),
            [a, b, c] => self.parts.add(Part::INP, [a, b, c], view.weight),
            _ => {}
        }
        for (counts, word) in [(&mut self.sources, view.source), (&mut self.functions, view.function)] {
            if let Some(word) = word.filter(|word| !word.is_empty()) {
                *counts.entry(word).or_default() += 1;
            }
        }
        *self.page_groups.entry(view.page_group).or_default() += 1;
    }

    fn row(self, target: String, all_poor: u64, value_if_good: Option<f64>) -> FixRow {
        let share = |part: u64, of: u64| if of > 0 { part as f64 / of as f64 } else { 0.0 };
        let total_page_groups = u32::try_from(self.page_groups.len()).unwrap_or(u32::MAX);
        FixRow {
            target,
            count: self.count,
            poor: share(self.poor, self.weight),
            of_poor: share(self.poor, all_poor),
            value_if_good,
            parts: self.parts.finish(),
            source: most(self.sources).into_iter().next(),
            function: most(self.functions).into_iter().next(),
            page_groups: most(self.page_groups).into_iter().take(PAGE_GROUPS).collect(),
            total_page_groups,
        }
    }
}

/// The words with most page views first.
fn most(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words
}

/// A percentile of sorted values, if those of `element` were merely good.
fn percentile_if_good(
    values: &[(f64, u64, Option<usize>)],
    element: Option<usize>,
    vital: Vital,
    percentile: Percentile,
) -> Option<f64> {
    let (good, _) = vital.thresholds();
    let all: u64 = values.iter().map(|(_, weight, _)| weight).sum();
    let wanted = percentile.quantile() * all as f64 - 1e-6;
    let is_mended = |of: &Option<usize>| element.is_some() && *of == element;
    let (fine, rest) = values.split_at(values.partition_point(|(value, ..)| *value <= good));
    let mut below = 0;
    for (value, weight, _) in fine {
        below += weight;
        if below as f64 >= wanted {
            return Some(*value);
        }
    }
    below += rest.iter().filter(|(.., of)| is_mended(of)).map(|(_, weight, _)| weight).sum::<u64>();
    if below as f64 >= wanted && all > 0 {
        return Some(good);
    }
    for (value, weight, _) in rest.iter().filter(|(.., of)| !is_mended(of)) {
        below += weight;
        if below as f64 >= wanted {
            return Some(*value);
        }
    }
    None
}
