//! Learning templates from the paths that visitors saw.
//!
//! Where very many different segments were seen at one place, they name things, not pages, and
//! become one `*`. A place with few stays as it is. Places with much below them (`/blog` among
//! a hundred pages at the root) stay beside the `*`.

use std::{collections::BTreeMap, mem};

use super::{PageGroups, Template, path};

/// Most groups, and most learnt templates, that learning leaves of the paths it saw: a visitor
/// who makes up paths must not make up groups without end.
const MOST_GROUPS: usize = 1_000;
const MOST_TEMPLATES: usize = 200;

/// How soon a place fans out. Each try is harsher than the one before, down to the last, which
/// leaves one group a depth; the first whose result is within the bounds is taken.
const TRIES: [Try; 6] = [
    Try { most_children: 30, most_at_root: 100, section: Some(10) },
    Try { most_children: 15, most_at_root: 50, section: Some(10) },
    Try { most_children: 8, most_at_root: 25, section: Some(20) },
    Try { most_children: 4, most_at_root: 12, section: Some(40) },
    Try { most_children: 2, most_at_root: 6, section: None },
    Try { most_children: 0, most_at_root: 0, section: None },
];

#[derive(Clone, Copy)]
struct Try {
    /// More different segments than this at one place become `*`.
    most_children: usize,
    /// The same at the root, where a site's fixed pages are.
    most_at_root: usize,
    /// So many groups below a segment make it a section, which stays; `None`: none does.
    section: Option<usize>,
}

/// A place in the tree of what was seen.
#[derive(Debug, Clone, Default)]
struct Seen {
    literal: BTreeMap<String, Seen>,
    star: Option<Box<Seen>>,
    /// Whether this place is a page group itself.
    is_group: bool,
    fans_out: bool,
}

/// The learnt templates to keep from now on, in order of text: those known, as far as they are
/// still needed, and new ones. `paths`: paths or groups that were seen, in any order; those under
/// a template of the team's own teach nothing. The same paths, seen again, teach nothing more.
pub fn learn<'a>(known: &PageGroups, paths: impl Iterator<Item = &'a str>) -> Vec<Template> {
    let mut seen = Seen::default();
    for template in known.learnt() {
        seen.recall(path::segments(template.as_str()));
    }
    for path in paths {
        if known.own(&path::normal(path)).is_none() {
            seen.add(path::segments(&known.group(path)));
        }
    }
    let mut templates = Vec::new();
    for (index, harshness) in TRIES.iter().enumerate() {
        let mut tree = seen.clone();
        tree.collapse(harshness, harshness.most_at_root, index == 0);
        templates.clear();
        tree.collect(&mut Vec::new(), &mut templates);
        if tree.groups() <= MOST_GROUPS && templates.len() <= MOST_TEMPLATES {
            break;
        }
    }
    templates.sort();
    templates
}

impl Seen {
    fn add<'a>(&mut self, mut segments: impl Iterator<Item = &'a str>) {
        match segments.next() {
            None | Some("**") => self.is_group = true,
            Some("*") => self.star.get_or_insert_default().add(segments),
            Some(segment) => self.literal.entry(segment.to_owned()).or_default().add(segments),
        }
    }

    /// Adds a known template: a last `*` says that its place fans out, a literal that it stays.
    fn recall<'a>(&mut self, mut segments: impl Iterator<Item = &'a str> + Clone) {
        match segments.next() {
            None => {}
            Some("*") => {
                self.fans_out |= segments.clone().next().is_none();
                self.star.get_or_insert_default().recall(segments);
            }
            Some(segment) => self.literal.entry(segment.to_owned()).or_default().recall(segments),
        }
    }

    /// Merges the children of places that have too many. With `keep_known`, what is literal beside
    /// a known `*` stays.
    fn collapse(&mut self, harshness: &Try, most: usize, keep_known: bool) {
        if self.literal.len() > most && !(self.fans_out && keep_known) {
            self.fan_out(harshness);
        }
        for below in self.literal.values_mut().chain(self.star.as_deref_mut()) {
            below.collapse(harshness, harshness.most_children, keep_known);
        }
    }

    fn fan_out(&mut self, harshness: &Try) {
        self.fans_out = true;
        let is_section = |below: &Self| harshness.section.is_some_and(|groups| below.groups() >= groups);
        let (mut sections, things): (BTreeMap<_, _>, BTreeMap<_, _>) =
            mem::take(&mut self.literal).into_iter().partition(|(_, below)| is_section(below));
        let star = self.star.get_or_insert_default();
        // Sections are few among many. Where every tenth child is one, the children are things
        // with much below them, such as users with their albums.
        if sections.len() > 5.max(things.len() / 10) {
            mem::take(&mut sections).into_values().for_each(|below| star.merge(below));
        }
        things.into_values().for_each(|below| star.merge(below));
        self.literal = sections;
    }

    fn merge(&mut self, other: Self) {
        self.is_group |= other.is_group;
        self.fans_out |= other.fans_out;
        for (segment, below) in other.literal {
            self.literal.entry(segment).or_default().merge(below);
        }
        if let Some(below) = other.star {
            self.star.get_or_insert_default().merge(*below);
        }
    }

    /// How many page groups are here and below.
    fn groups(&self) -> usize {
        let below = self.literal.values().chain(self.star.as_deref());
        usize::from(self.is_group) + below.map(Self::groups).sum::<usize>()
    }

    /// The templates that say which places fan out and what stays beside their `*`.
    fn collect<'s>(&'s self, at: &mut Vec<&'s str>, templates: &mut Vec<Template>) {
        let mut add = |at: &[&str]| templates.push(Template::of_segments(at.iter().copied()));
        if self.fans_out {
            at.push("*");
            add(at);
            at.pop();
            for segment in self.literal.keys() {
                at.push(segment);
                add(at);
                at.pop();
            }
        }
        for (segment, below) in self
            .literal
            .iter()
            .map(|(segment, below)| (segment.as_str(), below))
            .chain(self.star.as_deref().map(|below| ("*", below)))
        {
            at.push(segment);
            below.collect(at, templates);
            at.pop();
        }
    }
}
