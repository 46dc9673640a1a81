//! Patterns of paths that a team writes, or that are learnt.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::path;
use crate::Invalid;

/// A pattern of paths, in normal form. A segment is literal, or has `*` for one or more
/// characters: alone for a whole segment (`/product/*`), or within one (`/item-*`). A last `**`
/// stands for one or more segments (`/blog/**`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

impl Template {
    /// Longest template in bytes, with its escapes: as long as the longest page group.
    pub const MOST_BYTES: usize = 512;

    /// Reads a template as typed. `Invalid` names `templates` and quotes it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let template = Self::read(text)?;
        // By escapes, too: /:%69d is /:id.
        if text.trim().split('/').chain(path::segments(template.as_str())).any(is_placeholder) {
            return Err(refused(text, "Write * for a segment that varies: /product/*."));
        }
        Ok(template)
    }

    /// Reads one as it is kept. What was learnt of real paths may well look like what other tools write for a segment
    /// that varies: a visitor can ask for `/:id`.
    pub fn read(text: &str) -> Result<Self, Invalid> {
        let typed = text.trim();
        let refused = |mend| Err(refused(text, mend));
        if typed.is_empty() {
            return Err(Invalid::new("templates", "Write a path such as /product/*."));
        }
        if typed.contains("://") {
            return refused("Write the path alone, such as /product/*, without the site's address.");
        }
        if !typed.starts_with('/') {
            return refused("Start with a slash: /product/*.");
        }
        if typed.contains(['?', '#']) {
            return refused("Leave out what follows ? or #: page groups are made of paths alone.");
        }
        if typed.chars().any(char::is_control) {
            return refused("Leave out control characters; write one template a line.");
        }
        let mut rest_seen = false;
        for segment in typed.split('/').filter(|segment| !segment.is_empty()) {
            if rest_seen || (segment.contains("**") && segment != "**") {
                return refused(
                    "** stands for the rest of a path: use it once, as the last segment, such as /blog/**.",
                );
            }
            rest_seen = segment == "**";
        }
        let normal = path::normal(typed);
        if normal.len() > Self::MOST_BYTES {
            return refused(
                "Use at most 512 characters; letters beyond ASCII count as several. A last ** shortens it.",
            );
        }
        Ok(Self(normal.into_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of segments that are normal.
    pub(super) fn of_segments<'a>(segments: impl Iterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for segment in segments {
            text.push('/');
            text.push_str(segment);
        }
        Self(text)
    }
}

fn refused(text: &str, mend: &str) -> Invalid {
    let shown: String = text.trim().chars().take(60).collect();
    Invalid::new("templates", format!("{shown:?} cannot be used. {mend}"))
}

/// What other tools write for a segment that varies.
fn is_placeholder(segment: &str) -> bool {
    let within = |open: char, close: char| segment.len() > 2 && segment.starts_with(open) && segment.ends_with(close);
    segment.strip_prefix(':').is_some_and(|name| name.starts_with(|c: char| c.is_alphabetic()))
        || within('{', '}')
        || within('[', ']')
        || within('<', '>')
}

impl TryFrom<String> for Template {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::read(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}

/// A template that is ready to be compared with paths.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    template: Template,
    parts: Vec<Part>,
    /// Bytes before the first star.
    literal_start: usize,
}

/// The greater is the more specific.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Rest,
    Any,
    /// The text between the stars; empty before a leading and after a trailing one.
    Partly {
        literal_bytes: usize,
        pieces: Vec<String>,
    },
    Literal(String),
}

impl Pattern {
    pub fn new(template: Template) -> Self {
        let part = |segment: &str| match segment {
            "**" => Part::Rest,
            "*" => Part::Any,
            segment if segment.contains('*') => Part::Partly {
                literal_bytes: segment.bytes().filter(|&byte| byte != b'*').count(),
                pieces: segment.split('*').map(str::to_owned).collect(),
            },
            segment => Part::Literal(segment.to_owned()),
        };
        let literal_start = template.0.find('*').unwrap_or(template.0.len());
        Self { parts: path::segments(template.as_str()).map(part).collect(), template, literal_start }
    }

    pub fn as_str(&self) -> &str {
        self.template.as_str()
    }

    /// What every path of the pattern begins with.
    fn literal_start(&self) -> &str {
        &self.as_str()[..self.literal_start]
    }

    /// Whether a normal path is of the pattern.
    pub fn covers(&self, normal: &str) -> bool {
        // Most templates do not fit, and most of those end here.
        if !normal.starts_with(self.literal_start()) {
            return false;
        }
        let mut segments = path::segments(normal);
        for part in &self.parts {
            let Some(segment) = segments.next() else { return false };
            match part {
                Part::Rest => return true,
                // The `**` of a group's name is more than one segment.
                _ if segment == "**" => return false,
                Part::Any => {}
                Part::Partly { pieces, .. } if !matches_pieces(pieces, segment) => return false,
                Part::Literal(literal) if literal != segment => return false,
                Part::Partly { .. } | Part::Literal(_) => {}
            }
        }
        segments.next().is_none()
    }

    /// The more specific first: segment by segment from the left, a literal before one with stars,
    /// that before `*`, and `*` before `**`. An order of patterns alone, whatever the path.
    pub fn by_specificity(&self, other: &Self) -> Ordering {
        other.parts.cmp(&self.parts)
    }
}

/// Whether the pieces stand in the segment in order, with at least a character in place of each
/// star. Taking each piece as early as possible leaves most room to those that follow.
fn matches_pieces(pieces: &[String], segment: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(rest) = segment.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
        return false;
    };
    let mut rest = rest;
    for piece in middle {
        let Some(found) = rest.get(1..).and_then(|later| later.find(piece.as_str())) else { return false };
        rest = &rest[1 + found + piece.len()..];
    }
    !rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(template: &str, path: &str) -> bool {
        Pattern::new(Template::parse(template).unwrap()).covers(path)
    }

    #[test]
    fn a_template_covers_what_it_says() {
        for (template, path, covered) in [
            ("/product/*", "/product/shoes", true),
            ("/product/*", "/product", false),
            ("/product/*", "/product/shoes/reviews", false),
            ("/product/*", "/product/*", true),
            ("/product/*", "/product/**", false),
            ("/item-*", "/item-42", true),
            ("/item-*", "/item-", false),
            ("/*-*.html", "/shoes-42.html", true),
            ("/*-*.html", "/-42.html", false),
            ("/a*a", "/aa", false),
            ("/a*a", "/aba", true),
            ("/a*b*c", "/axbxbxc", true),
            ("/blog/**", "/blog/2026/11/title", true),
            ("/blog/**", "/blog/**", true),
            ("/blog/**", "/blog", false),
            ("/**", "/", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("/büro/*", "/b%C3%BCro/1", true),
            ("/Shop", "/shop", false),
        ] {
            assert_eq!(covers(template, path), covered, "{template} {path}");
        }
    }

    #[test]
    fn the_more_specific_comes_first() {
        let mut patterns: Vec<_> = ["/**", "/*/b", "/a/**", "/a/*", "/a/b*", "/a/bc*", "/a/b"]
            .map(|text| Pattern::new(Template::parse(text).unwrap()))
            .to_vec();
        patterns.sort_by(Pattern::by_specificity);
        let order: Vec<_> = patterns.iter().map(Pattern::as_str).collect();
        assert_eq!(order, ["/a/b", "/a/bc*", "/a/b*", "/a/*", "/a/**", "/*/b", "/**"]);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_mend() {
        for (typed, mend) in [
            ("", "Write a path"),
            ("product/*", "Start with a slash"),
            ("https://shop.example/product/*", "without the site's address"),
            ("/search?q=*", "what follows ?"),
            ("/product/:id", "Write * for"),
            ("/product/:%69d", "Write * for"),
            ("/product/{id}", "Write * for"),
            ("/product/[slug]", "Write * for"),
            ("/a/**/b", "** stands for"),
            ("/a**", "** stands for"),
            ("/a/***", "** stands for"),
            ("/a\nb", "one template a line"),
            (&format!("/{}", "x".repeat(512)), "at most 512"),
        ] {
            let refused = Template::parse(typed).unwrap_err();
            assert_eq!(refused.field, "templates");
            assert!(refused.message.contains(mend), "{typed:?}: {}", refused.message);
        }
        assert_eq!(Template::parse(" /Product//*/ ").unwrap().as_str(), "/Product/*");
    }
}
