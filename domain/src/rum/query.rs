//! What a view of the dashboard asks for, as it stands in the address.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Device, Vital};

/// How far back a view looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Period {
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
    /// Google's own window.
    #[default]
    #[serde(rename = "28d")]
    FourWeeks,
    #[serde(rename = "90d")]
    Quarter,
    #[serde(rename = "365d")]
    Year,
}

/// The width of one point of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    Hour,
    Day,
}

impl Granularity {
    pub const fn width(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The start of the bucket that `at` lies in, UTC.
    pub fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.duration_trunc(self.width()).unwrap_or(at)
    }
}

impl Period {
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::FourWeeks, Self::Quarter, Self::Year];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::FourWeeks => "28d",
            Self::Quarter => "90d",
            Self::Year => "365d",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::FourWeeks => "Last 28 days",
            Self::Quarter => "Last 90 days",
            Self::Year => "Last 365 days",
        }
    }

    pub const fn length(self) -> TimeDelta {
        match self {
            Self::Day => TimeDelta::hours(24),
            Self::Week => TimeDelta::days(7),
            Self::FourWeeks => TimeDelta::days(28),
            Self::Quarter => TimeDelta::days(90),
            Self::Year => TimeDelta::days(365),
        }
    }

    pub const fn granularity(self) -> Granularity {
        match self {
            Self::Day | Self::Week => Granularity::Hour,
            _ => Granularity::Day,
        }
    }

    /// The whole buckets that the period covers: from the first's start up to the end of the
    /// one that `now` lies in. Half open, so neighbours share nothing.
    pub fn range(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let granularity = self.granularity();
        let to = granularity.floor(now) + granularity.width();
        (to - self.length(), to)
    }

    /// The range of the same length just before.
    pub fn range_before(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let (from, _) = self.range(now);
        (from - self.length(), from)
    }
}

/// Which percentile is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Percentile {
    P50,
    /// The one that Google judges by.
    #[default]
    P75,
    P90,
    P95,
    P99,
}

impl Percentile {
    pub const ALL: [Self; 5] = [Self::P50, Self::P75, Self::P90, Self::P95, Self::P99];

    /// 0–1.
    pub const fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.50,
            Self::P75 => 0.75,
            Self::P90 => 0.90,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|percentile| percentile.as_str() == word)
    }
}

/// Which page views are looked at. Each filter narrows; none means all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Filter {
    pub device: Option<Device>,
    pub page_group: Option<String>,
}

/// One view: a period, a filter, and which vital the trend and the tables show.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    pub period: Period,
    pub filter: Filter,
    pub vital: Vital,
}

impl Default for Query {
    fn default() -> Self {
        Self { period: Period::default(), filter: Filter::default(), vital: Vital::Lcp }
    }
}

impl Query {
    /// Reads the address's parameters; what is unknown or malformed counts as absent, so that
    /// an old or mistyped link still opens a view.
    pub fn from_params<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            period: param("period").and_then(Period::parse).unwrap_or_default(),
            filter: Filter {
                device: param("device").and_then(Device::parse),
                page_group: param("page_group").filter(|group| !group.is_empty()).map(str::to_owned),
            },
            vital: param("vital").and_then(Vital::parse).unwrap_or(Vital::Lcp),
        }
    }

    /// The parameters that reproduce the view; defaults are left out.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let default = Self::default();
        let mut params = Vec::new();
        if self.period != default.period {
            params.push(("period", self.period.as_str().to_owned()));
        }
        if let Some(device) = self.filter.device {
            params.push(("device", device.as_str().to_owned()));
        }
        if let Some(group) = &self.filter.page_group {
            params.push(("page_group", group.clone()));
        }
        if self.vital != default.vital {
            params.push(("vital", self.vital.as_str().to_owned()));
        }
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_survives_its_address() {
        let query = Query {
            period: Period::Week,
            filter: Filter { device: Some(Device::Mobile), page_group: Some("/product/*".into()) },
            vital: Vital::Inp,
        };
        let params = query.params();
        let read =
            Query::from_params(|name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()));
        assert_eq!(read, query);
    }

    #[test]
    fn neighbouring_periods_share_nothing_and_leave_no_gap() {
        let now: DateTime<Utc> = "2026-11-22T13:37:11Z".parse().unwrap();
        for period in Period::ALL {
            let (from, to) = period.range(now);
            assert_eq!(to - from, period.length());
            assert!(from <= now && now < to);
            assert_eq!(period.range_before(now), (from - period.length(), from));
        }
    }
}
