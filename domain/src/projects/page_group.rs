//! How a path becomes a page group: `/product/42` is `/product/*`.

use super::{
    path,
    segment::is_identifier,
    template::{Pattern, Template},
};

/// Longest name of a page group in bytes.
const MOST_BYTES: usize = Template::MOST_BYTES;

/// Most segments of a page group; what follows them is `**`.
const MOST_SEGMENTS: usize = 12;

/// A project's templates, ready to apply.
///
/// The team's own come first, the most specific of those that cover the path; its text is the
/// group. Otherwise each segment is looked at: one that is an identifier becomes `*`, and so does
/// one at a place where visitors were seen to find many different ones (the learnt templates).
///
/// A group's name is a path of its own group, under these templates and, for templates that take
/// in all of an older group, under newer ones: so what was grouped by the templates of its time
/// can be grouped again and meets what came later.
#[derive(Debug, Clone, Default)]
pub struct PageGroups {
    /// The most specific first.
    own: Vec<Pattern>,
    learnt: Vec<Template>,
    root: Place,
}

/// A place in the tree of the learnt templates.
#[derive(Debug, Clone, Default)]
struct Place {
    /// Segments that stay as they are, in order.
    literal: Vec<(Box<str>, Place)>,
    /// What lies below a segment that became `*`.
    star: Option<Box<Place>>,
    /// Whether every segment here but the literal ones becomes `*`.
    fans_out: bool,
}

impl PageGroups {
    pub fn new(user: Vec<Template>, mut learnt: Vec<Template>) -> Self {
        let mut own: Vec<_> = user.into_iter().map(Pattern::new).collect();
        own.sort_by(|a, b| a.by_specificity(b).then_with(|| a.as_str().cmp(b.as_str())));
        learnt.sort();
        let mut root = Place::default();
        for template in &learnt {
            root.add(path::segments(template.as_str()));
        }
        Self { own, learnt, root }
    }

    /// The group of a path as it came, or of an older group. ASCII without control characters, at
    /// most 512 bytes; a page group of the group is itself.
    pub fn group(&self, path: &str) -> String {
        let path = path::normal(path);
        match self.own(&path) {
            Some(own) => own.to_owned(),
            None => self.walk(&path),
        }
    }

    /// The learnt templates, in order of text.
    pub fn learnt(&self) -> &[Template] {
        &self.learnt
    }

    /// Roughly, the bytes that the templates take in memory.
    pub fn size(&self) -> usize {
        let own = self.own.iter().map(|pattern| pattern.as_str().len());
        let learnt = self.learnt.iter().map(|template| template.as_str().len());
        own.chain(learnt).map(|length| 200 + 3 * length).sum()
    }

    /// The text of the team's template that a normal path is under.
    pub(super) fn own(&self, normal: &str) -> Option<&str> {
        self.own.iter().find(|pattern| pattern.covers(normal)).map(Pattern::as_str)
    }

    fn walk(&self, normal: &str) -> String {
        let mut name = String::with_capacity(normal.len().min(MOST_BYTES));
        let mut place = Some(&self.root);
        // Where the name may be cut so that `/**` still fits.
        let mut cut = 0;
        for (index, segment) in path::segments(normal).enumerate() {
            if name.len() + "/**".len() <= MOST_BYTES && index < MOST_SEGMENTS {
                cut = name.len();
            }
            let (shown, below) = if segment == "**" { (segment, None) } else { step(place, segment) };
            name.push('/');
            name.push_str(shown);
            place = below;
            if name.len() > MOST_BYTES || index >= MOST_SEGMENTS {
                name.truncate(cut);
                name.push_str("/**");
                break;
            }
        }
        if name.is_empty() {
            name.push('/');
        }
        name
    }
}

/// What a segment becomes at a place, and the place below it.
fn step<'a, 'p>(place: Option<&'p Place>, segment: &'a str) -> (&'a str, Option<&'p Place>) {
    if let Some(literal) = place.and_then(|place| place.literal(segment)) {
        return (segment, Some(literal));
    }
    if segment == "*" || place.is_some_and(|place| place.fans_out) || is_identifier(segment) {
        return ("*", place.and_then(|place| place.star.as_deref()));
    }
    (segment, None)
}

impl Place {
    fn literal(&self, segment: &str) -> Option<&Self> {
        let index = self.literal.binary_search_by(|(known, _)| (**known).cmp(segment)).ok()?;
        Some(&self.literal[index].1)
    }

    fn add<'a>(&mut self, mut segments: impl Iterator<Item = &'a str> + Clone) {
        let Some(segment) = segments.next() else { return };
        let below = if segment == "*" {
            self.fans_out |= segments.clone().next().is_none();
            self.star.get_or_insert_default()
        } else {
            let index = match self.literal.binary_search_by(|(known, _)| (**known).cmp(segment)) {
                Ok(index) => index,
                Err(index) => {
                    self.literal.insert(index, (segment.into(), Self::default()));
                    index
                }
            };
            &mut self.literal[index].1
        };
        below.add(segments);
    }
}
