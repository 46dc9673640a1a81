//! Parameters of an operation: read one by one, and everything that is wrong is told at once.

use std::collections::BTreeMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
};
use chrono::{DateTime, Utc};
use domain::{Invalid, ProjectId, rum::TimeRange};
use url::form_urlencoded;

use crate::{problem::Problem, state::Server};

/// The id in the path. What is no id is not there.
pub struct ProjectPath(pub ProjectId);

impl FromRequestParts<Server> for ProjectPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, server).await.map_err(|_| Problem::not_found())?;
        id.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

/// What stands after the `?`.
pub struct Params {
    given: BTreeMap<String, String>,
    faults: Vec<Invalid>,
}

/// Of a name that we do not know, so much is repeated.
const NAME_CHARS: usize = 60;

impl Params {
    /// Takes the parameters apart. One that is not of this operation, or given twice, is told: a
    /// filter with a slip in its name must not answer as if it were not there.
    pub fn read(query: Option<&str>, known: &[&str]) -> Self {
        let mut params = Self { given: BTreeMap::new(), faults: Vec::new() };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
                params.fault(name, format!("This operation has no such parameter. It has {}.", known.join(", ")));
            } else if params.given.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                params.fault(name.into_owned(), "Give it once.");
            }
        }
        params
    }

    pub fn fault(&mut self, name: impl Into<String>, words: impl Into<String>) {
        self.faults.push(Invalid::new(name.into(), words.into()));
    }

    /// The text of a parameter, where it is given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    /// A parameter read by `parse`; `words` say what it must be.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        words: impl FnOnce() -> String,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let read = parse(self.given.get(name)?);
        if read.is_none() {
            self.fault(name, words());
        }
        read
    }

    /// The range of time that `from` and `to` say.
    pub fn range(&mut self, now: DateTime<Utc>) -> Option<TimeRange> {
        match TimeRange::parse(self.text("from"), self.text("to"), now) {
            Ok(range) => Some(range),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    /// The values, if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(refused(self.faults)),
        }
    }
}

/// The problem that names every fault.
pub fn refused(faults: Vec<Invalid>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "Some parameters must be mended", "What to do about each stands in `errors`.")
        .invalid(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_at_once() {
        let mut params = Params::read(Some("metric=lcp&metric=inp&from=now&filte%5Bdevice%5D=x"), &["metric", "from"]);
        assert_eq!(params.parsed("metric", || "words".to_owned(), |_| None::<()>), None);
        assert_eq!(params.range(DateTime::UNIX_EPOCH), None);
        let fields: Vec<_> = params.faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(fields, ["metric", "filte[device]", "metric", "from"]);
        assert!(params.finish(Some(())).is_err());
    }

    #[test]
    fn what_is_not_given_is_no_fault() {
        let mut params = Params::read(None, &["metric"]);
        assert_eq!(params.parsed("metric", || unreachable!(), |_| Some(1)), None);
        assert!(params.finish(Some(())).is_ok());
    }
}
