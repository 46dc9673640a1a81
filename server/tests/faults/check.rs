//! What must hold between what clients were told and what the database holds.

use std::collections::{BTreeMap, HashMap};

use bench::{
    generator::{Beacon, Expected, Truth},
    subject::{Project, built},
};
use domain::rum::{Bot, DropReason};
use uuid::Uuid;

use crate::{
    Result,
    evidence::{Evidence, Row},
    sending::{Delivery, Settled},
};

pub fn truth(beacon: &Beacon) -> Option<&Truth> {
    match &beacon.expected {
        Expected::Accepted(truth) => Some(truth),
        Expected::Refused { .. } => None,
    }
}

/// The site that a beacon is counted for.
pub fn site(beacon: &Beacon) -> Option<usize> {
    match &beacon.expected {
        Expected::Accepted(truth) => Some(truth.site),
        Expected::Refused { site, .. } => *site,
    }
}

/// Beacons, what became of them, and what is stored.
pub struct Case<'a> {
    pub projects: &'a [Project],
    pub beacons: &'a [Beacon],
    pub deliveries: &'a [Delivery],
    pub evidence: &'a Evidence,
}

impl Case<'_> {
    fn sent(&self) -> impl Iterator<Item = (&Beacon, &Delivery)> {
        self.beacons.iter().zip(self.deliveries)
    }

    /// Every settled beacon was settled as the format says.
    pub fn answers_are_right(&self) -> Result<()> {
        for (beacon, delivery) in self.sent() {
            let wanted = match &beacon.expected {
                Expected::Accepted(_) => Settled::Accepted,
                Expected::Refused { reason, .. } => Settled::Refused(*reason),
            };
            if let Some(settled) = delivery.settled.filter(|settled| *settled != wanted) {
                let body = String::from_utf8_lossy(&beacon.body[..beacon.body.len().min(600)]);
                return Err(format!("answered {settled:?} instead of {wanted:?}: {body}").into());
            }
        }
        Ok(())
    }

    /// What was acknowledged is stored, once, as its newest beacon says; what was never sent is
    /// not.
    pub fn nothing_is_lost_or_doubled(&self) -> Result<()> {
        let mut stored: HashMap<(Uuid, Uuid), &Row> = HashMap::new();
        for row in &self.evidence.rows {
            if stored.insert((row.project, row.id), row).is_some() {
                return Err(format!("page view {} is stored twice", row.id).into());
            }
        }
        let mut page_views: BTreeMap<(usize, Uuid), Vec<(&Truth, &Delivery)>> = BTreeMap::new();
        for (beacon, delivery) in self.sent() {
            if let Some(truth) = truth(beacon) {
                page_views.entry((truth.site, truth.id)).or_default().push((truth, delivery));
            }
        }
        let (mut lost, mut wrong) = (Vec::new(), Vec::new());
        for ((site, id), reports) in page_views {
            let acknowledged =
                reports.iter().filter(|(_, delivery)| delivery.settled.is_some()).map(|(truth, _)| truth.seq).max();
            let maybe = reports.iter().any(|(_, delivery)| delivery.settled.is_some() || delivery.unsettled > 0);
            match (stored.remove(&(self.projects[site].id, id)), acknowledged) {
                (None, None) => {}
                (None, Some(_)) => lost.push(id),
                (Some(row), acknowledged) => {
                    let says = reports.iter().find(|(truth, _)| truth.seq == row.seq).map(|(truth, _)| *truth);
                    let right = maybe
                        && acknowledged.is_none_or(|seq| row.seq >= seq)
                        && says.is_some_and(|truth| is_stored(truth, row));
                    if !right {
                        wrong.push(format!("{row:?}, acknowledged up to {acknowledged:?}, sent {reports:?}"));
                    }
                }
            }
        }
        if !lost.is_empty() {
            return Err(format!("{} acknowledged page views are lost, such as {}", lost.len(), lost[0]).into());
        }
        if !wrong.is_empty() {
            return Err(format!(
                "{} page views are not as their newest beacon says, such as {}",
                wrong.len(),
                wrong[0]
            )
            .into());
        }
        match stored.keys().next() {
            Some((_, id)) => {
                Err(format!("{} page views are stored that nobody sent, such as {id}", stored.len()).into())
            }
            None => Ok(()),
        }
    }

    /// Every beacon has one outcome: what the server counted is what clients were told, plus at
    /// most what they sent without an answer. `counts_survive`: also what the door refuses
    /// unread, which it counts in memory for up to a second.
    pub fn every_outcome_is_counted(&self, counts_survive: bool) -> Result<()> {
        let mut told: BTreeMap<(Uuid, Option<DropReason>), (u64, u64)> = BTreeMap::new();
        for (beacon, delivery) in self.sent() {
            let project = site(beacon).map_or(Uuid::nil(), |site| self.projects[site].id);
            let reason = match &beacon.expected {
                Expected::Accepted(_) => None,
                Expected::Refused { reason, .. } => Some(*reason),
            };
            let (settled, unsettled) = told.entry((project, reason)).or_default();
            *settled += u64::from(delivery.settled.is_some());
            *unsettled += u64::from(delivery.unsettled);
        }
        let counted = |project, reason: Option<DropReason>| match reason {
            None => {
                ["page_view", "update", "repeat"].iter().map(|outcome| self.evidence.outcome(project, outcome)).sum()
            }
            Some(reason) => self.evidence.outcome(project, &format!("rejected:{}", reason.as_str())),
        };
        for (&(project, reason), &(settled, unsettled)) in &told {
            let counted = counted(project, reason);
            let lowest = if reason == Some(DropReason::TooLarge) && !counts_survive { 0 } else { settled };
            if !(lowest..=settled + unsettled).contains(&counted) {
                let what = reason.map_or("accepted", DropReason::as_str);
                return Err(format!("of project {project}, clients were told {what} {settled} times ({unsettled} without an answer), and {counted} are counted").into());
            }
        }
        for (project, outcome) in self.evidence.outcomes.keys() {
            let reason = outcome.strip_prefix("rejected:").and_then(DropReason::parse);
            if reason.is_some() && !told.contains_key(&(*project, reason)) {
                return Err(format!("{outcome} is counted for project {project}, and nobody was told so").into());
            }
        }
        Ok(())
    }

    /// Counts that come with rows: of page views, of machines, and of values that were refused.
    pub fn counts_are_those_of_the_rows(&self) -> Result<()> {
        for project in self.projects.iter().map(|project| project.id) {
            let rows = || self.evidence.rows.iter().filter(move |row| row.project == project);
            equal("page views", self.evidence.outcome(project, "page_view"), rows().count() as u64)?;
            let counted = self
                .evidence
                .outcomes
                .iter()
                .filter(|((of, outcome), _)| *of == project && outcome.starts_with("bot:"))
                .map(|(_, count)| count)
                .sum();
            equal("machines", counted, rows().filter(|row| row.bot != Bot::Human).count() as u64)?;
        }
        let stored: HashMap<(Uuid, Uuid), &Row> =
            self.evidence.rows.iter().map(|row| ((row.project, row.id), row)).collect();
        let mut faults: BTreeMap<(Uuid, String), u64> = BTreeMap::new();
        let mut seen = std::collections::HashSet::new();
        for truth in self.beacons.iter().filter_map(truth) {
            let key = (self.projects[truth.site].id, truth.id);
            if let Some((fault, times)) = truth.fault
                && stored.contains_key(&key)
                && seen.insert(key)
            {
                *faults.entry((key.0, format!("value:{fault}"))).or_default() += times;
            }
        }
        let counted: BTreeMap<(Uuid, String), u64> = self
            .evidence
            .outcomes
            .iter()
            .filter(|((_, outcome), _)| outcome.starts_with("value:"))
            .map(|(key, count)| (key.clone(), *count))
            .collect();
        if faults != counted {
            return Err(format!("refused values must be {faults:?} and are {counted:?}").into());
        }
        Ok(())
    }

    /// To the bit, every row of every dimension.
    pub fn sketches_equal_a_fresh_count(&self) -> Result<()> {
        let fresh = self.evidence.counted_anew()?;
        let differing: Vec<_> = fresh
            .keys()
            .chain(self.evidence.sketches.keys())
            .filter(|key| fresh.get(*key) != self.evidence.sketches.get(*key))
            .collect();
        match differing.first() {
            Some(first) => Err(format!(
                "{} of {} sketches differ from a fresh count, such as {first:?}",
                differing.len(),
                fresh.len()
            )
            .into()),
            None if fresh.is_empty() => Err("there are no sketches".into()),
            None => Ok(()),
        }
    }

    pub fn all(&self, counts_survive: bool) -> Result<()> {
        self.answers_are_right()?;
        self.nothing_is_lost_or_doubled()?;
        self.every_outcome_is_counted(counts_survive)?;
        self.counts_are_those_of_the_rows()?;
        self.sketches_equal_a_fresh_count()
    }
}

/// Whether the row says what the beacon said.
fn is_stored(truth: &Truth, row: &Row) -> bool {
    // Without the list of bots, machines pass for people.
    let knows_bots = built("PERFALLY_ASSETS", "assets").join("bots.json").is_file();
    row.measured.vitals == truth.vitals
        && row.measured.weight == truth.weight
        && row.path == truth.path
        && row.device == truth.device.as_str()
        && (row.bot == truth.bot || !knows_bots)
}

fn equal(what: &str, counted: u64, stored: u64) -> Result<()> {
    if counted == stored {
        Ok(())
    } else {
        Err(format!("{counted} {what} are counted, and {stored} are stored").into())
    }
}
