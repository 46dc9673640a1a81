//! How a path becomes a page group: `/product/42` is `/product/*`.
use serde::{Deserialize, Serialize};
use crate::Invalid;
/// A pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);
impl Template {
    pub fn parse(text: &str) -> Result<Self, Invalid> { Ok(Self(text.trim().to_owned())) }
    pub fn as_str(&self) -> &str { &self.0 }
}
impl TryFrom<String> for Template { type Error = Invalid; fn try_from(t: String) -> Result<Self, Invalid> { Self::parse(&t) } }
impl From<Template> for String { fn from(t: Template) -> Self { t.0 } }
/// A project's templates, ready to apply.
#[derive(Debug, Clone, Default)]
pub struct PageGroups { user: Vec<Template>, learnt: Vec<Template> }
impl PageGroups {
    pub fn new(user: Vec<Template>, learnt: Vec<Template>) -> Self { Self { user, learnt } }
    pub fn learnt(&self) -> &[Template] { &self.learnt }
    pub fn size(&self) -> usize { self.user.iter().chain(&self.learnt).map(|t| t.0.len()).sum() }
    pub fn group(&self, path: &str) -> String { path.to_owned() }
}
/// Learns templates from distinct paths.
pub fn learn<'a>(_known: &PageGroups, _paths: impl Iterator<Item = &'a str>) -> Vec<Template> { Vec::new() }
