//! What a view of the dashboard asks for, as it stands in the address.

use serde::{Deserialize, Serialize};

use super::{Days, Filter, Percentile, Period, Vital};

/// One view: a period, a filter, which vital the trend and the tables show, and at which percentile.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    pub period: Period,
    pub filter: Filter,
    pub vital: Vital,
    pub percentile: Percentile,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            period: Period::default(),
            filter: Filter::default(),
            vital: Vital::Lcp,
            percentile: Percentile::default(),
        }
    }
}

impl Query {
    /// Reads the address's parameters; what is unknown or malformed counts as absent, so that
    /// an old or mistyped link still opens a view.
    pub fn from_params<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            period: period(&param).unwrap_or_default(),
            filter: Filter::from_params(&param),
            vital: param("vital").and_then(Vital::parse).unwrap_or(Vital::Lcp),
            percentile: param("percentile").and_then(Percentile::parse).unwrap_or_default(),
        }
    }

    /// The parameters that reproduce the view; defaults are left out.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let default = Self::default();
        let mut params = Vec::new();
        if self.period != default.period {
            params.push(("period", self.period.as_str().to_owned()));
        }
        if let Period::Custom(days) = self.period {
            params.push(("from", days.first().to_string()));
            params.push(("to", days.last().to_string()));
        }
        params.extend(self.filter.params());
        if self.vital != default.vital {
            params.push(("vital", self.vital.as_str().to_owned()));
        }
        if self.percentile != default.percentile {
            params.push(("percentile", self.percentile.as_str().to_owned()));
        }
        params
    }
}

/// A word for one of a fixed length, or `custom` with `from` and `to`: days of UTC, both included.
fn period<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Option<Period> {
    match param("period")? {
        "custom" => {
            let day = |name| param(name).and_then(|text| text.parse().ok());
            Some(Period::Custom(Days::new(day("from")?, day("to")?)))
        }
        word => Period::parse(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rum::{Device, Dimension, TagValue};

    fn read(params: &[(&str, String)]) -> Query {
        Query::from_params(|name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()))
    }

    #[test]
    fn a_view_survives_its_address() {
        let mut filter = Filter { device: Some(Device::Mobile), ..Filter::default() };
        for dimension in Dimension::ALL.into_iter().filter(|dimension| *dimension != Dimension::Device) {
            filter = filter.with(dimension, Some(&format!("some {}", dimension.as_str())));
        }
        filter.tag = Some(TagValue { name: "a:b".into(), value: String::new() });
        let days = Days::new("2026-11-03".parse().unwrap(), "2026-11-09".parse().unwrap());
        for period in Period::ALL.into_iter().chain([Period::Custom(days)]) {
            for filter in [Filter::default(), filter.clone(), Filter::default().with(Dimension::Country, Some(""))] {
                for percentile in Percentile::ALL {
                    let query = Query { period, filter: filter.clone(), vital: Vital::Inp, percentile };
                    assert_eq!(read(&query.params()), query);
                }
            }
        }
    }

    #[test]
    fn the_usual_view_has_no_parameters_and_a_mistyped_one_is_the_usual() {
        assert_eq!(Query::default().params(), []);
        let wrong = [
            ("period", "custom"),
            ("from", "2026-02-31"),
            ("device", "fridge"),
            ("percentile", "p76"),
            ("country", ""),
        ];
        assert_eq!(read(&wrong.map(|(name, value)| (name, value.to_owned()))), Query::default());
    }
}
