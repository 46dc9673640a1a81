//! Which page views are looked at.

use serde::{Deserialize, Serialize};

use super::{By, Device, Dimension};

/// Which page views are looked at. Each filter narrows; none means all. An empty text asks for
/// page views of which the property is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub device: Option<Device>,
    pub page_group: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    /// `slow-2g`, `2g`, `3g` or `4g`.
    pub connection: Option<String>,
    /// In web-vitals' words.
    pub navigation_type: Option<String>,
    pub release: Option<String>,
    pub tag: Option<TagValue>,
}

/// A tag that page views carry, and its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TagValue {
    pub name: String,
    pub value: String,
}

/// Stands for the empty text in addresses, where an empty parameter is an absent one.
const UNKNOWN: &str = "(none)";

impl Filter {
    /// The value that is asked for in a dimension.
    pub fn get(&self, dimension: Dimension) -> Option<&str> {
        match dimension {
            Dimension::Device => self.device.map(Device::as_str),
            Dimension::PageGroup => self.page_group.as_deref(),
            Dimension::Country => self.country.as_deref(),
            Dimension::Browser => self.browser.as_deref(),
            Dimension::Os => self.os.as_deref(),
            Dimension::Connection => self.connection.as_deref(),
            Dimension::NavigationType => self.navigation_type.as_deref(),
            Dimension::Release => self.release.as_deref(),
        }
    }

    /// The same filter with another value, or none, in one dimension. What is no device asks for all.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, value: Option<&str>) -> Self {
        let text = value.map(str::to_owned);
        match dimension {
            Dimension::Device => self.device = value.and_then(Device::parse),
            Dimension::PageGroup => self.page_group = text,
            Dimension::Country => self.country = text,
            Dimension::Browser => self.browser = text,
            Dimension::Os => self.os = text,
            Dimension::Connection => self.connection = text,
            Dimension::NavigationType => self.navigation_type = text,
            Dimension::Release => self.release = text,
        }
        self
    }

    /// The dimensions that it narrows, with their values.
    pub fn narrowed(&self) -> impl Iterator<Item = (Dimension, &str)> {
        Dimension::ALL.into_iter().filter_map(|dimension| Some((dimension, self.get(dimension)?)))
    }

    /// The dimension whose sketches answer a view with this filter, split so or not at all; `None`
    /// where only single page views can. Sketches are kept by device, and by each other dimension
    /// and device: so the device and one more dimension can be filtered and split by.
    pub fn sketched(&self, by: Option<&By>) -> Option<Dimension> {
        let split = match by {
            Some(By::Tag(_)) => return None,
            Some(By::Dimension(dimension)) => Some(*dimension),
            None => None,
        };
        let dimensions = self.narrowed().map(|(dimension, _)| dimension).chain(split);
        let mut others = dimensions.filter(|dimension| *dimension != Dimension::Device);
        let first = others.next();
        let all_alike = others.all(|other| Some(other) == first);
        (self.tag.is_none() && all_alike).then(|| first.unwrap_or(Dimension::Device))
    }

    /// Whether it asks for all page views.
    pub fn is_all(&self) -> bool {
        self.tag.is_none() && self.narrowed().next().is_none()
    }

    /// Reads the address's parameters.
    pub(super) fn from_params<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Self {
        let value = |name: &str| {
            let text = param(name).filter(|text| !text.is_empty())?;
            Some(if text == UNKNOWN { "" } else { text })
        };
        let mut filter = Self::default();
        for dimension in Dimension::ALL {
            if let Some(text) = value(dimension.as_str()) {
                filter = filter.with(dimension, Some(text));
            }
        }
        filter.tag = value("tag")
            .zip(value("tag_value"))
            .map(|(name, value)| TagValue { name: name.to_owned(), value: value.to_owned() });
        filter
    }

    /// The parameters that reproduce it.
    pub(super) fn params(&self) -> impl Iterator<Item = (&'static str, String)> {
        let written = |text: &str| if text.is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
        let dimensions = self.narrowed().map(move |(dimension, value)| (dimension.as_str(), written(value)));
        let tag =
            self.tag.iter().flat_map(move |tag| [("tag", written(&tag.name)), ("tag_value", written(&tag.value))]);
        dimensions.chain(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_and_one_more_dimension_need_no_raw_rows() {
        let group = Filter { page_group: Some("/".into()), ..Filter::default() };
        let phones = Filter { device: Some(Device::Mobile), ..Filter::default() };
        let both = Filter { device: Some(Device::Mobile), ..group.clone() };
        for (filter, by, expected) in [
            (&Filter::default(), None, Dimension::Device),
            (&Filter::default(), Some(Dimension::Os), Dimension::Os),
            (&phones, Some(Dimension::Device), Dimension::Device),
            (&phones, Some(Dimension::Country), Dimension::Country),
            (&group, None, Dimension::PageGroup),
            (&both, Some(Dimension::Device), Dimension::PageGroup),
            (&both, Some(Dimension::PageGroup), Dimension::PageGroup),
        ] {
            assert_eq!(filter.sketched(by.map(By::from).as_ref()), Some(expected), "{filter:?} {by:?}");
        }
    }

    #[test]
    fn all_other_combinations_do() {
        let group = Filter { page_group: Some("/".into()), ..Filter::default() };
        let tag = Some(TagValue { name: "variant".into(), value: "b".into() });
        for (filter, by) in [
            (group.clone(), Some(By::Dimension(Dimension::Country))),
            (Filter::default(), Some(By::Tag("variant".into()))),
            (group.with(Dimension::Browser, Some("Firefox")), None),
            (Filter { tag, ..Filter::default() }, None),
        ] {
            assert_eq!(filter.sketched(by.as_ref()), None, "{filter:?} {by:?}");
        }
    }
}
