//! The address that a page's filters keep.

use domain::rum::Query;

use crate::routes;

/// A page's path, and parameters of its own that stand beside the view's.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    pub path: String,
    pub extra: Vec<(&'static str, String)>,
}

impl Base {
    /// A page whose address holds a view only.
    pub const fn of(path: String) -> Self {
        Self { path, extra: Vec::new() }
    }

    /// The page's address with another view.
    pub fn href(&self, query: &Query) -> String {
        routes::with_params(&self.path, self.params(query))
    }

    /// All parameters of that address.
    pub fn params(&self, query: &Query) -> Vec<(&'static str, String)> {
        let mut params = query.params();
        params.extend(self.extra.iter().cloned());
        params
    }
}
