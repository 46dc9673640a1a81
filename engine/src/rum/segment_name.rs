//! What the segments of a split are called.

use domain::rum::{By, Device, Dimension, NavigationType};

use super::country::country;

/// The name of a value, in words where it is a code. What is not known is called so.
pub fn segment_name(by: &By, key: &str) -> String {
    if key.is_empty() {
        return unknown(by).to_owned();
    }
    let word = match by {
        By::Dimension(Dimension::Device) => Device::parse(key).map(Device::title),
        By::Dimension(Dimension::Country) => country(key),
        By::Dimension(Dimension::NavigationType) => NavigationType::parse(key).map(navigation),
        By::Dimension(Dimension::Connection) => connection(key),
        By::Dimension(Dimension::PageGroup | Dimension::Browser | Dimension::Os | Dimension::Release) | By::Tag(_) => {
            None
        }
    };
    word.unwrap_or(key).to_owned()
}

const fn unknown(by: &By) -> &'static str {
    match by {
        By::Dimension(Dimension::Connection) => "Not told by the browser",
        By::Dimension(Dimension::Release) => "No release given",
        By::Tag(_) => "Without this tag",
        By::Dimension(_) => "Unknown",
    }
}

const fn navigation(kind: NavigationType) -> &'static str {
    match kind {
        NavigationType::Navigate => "Link or address",
        NavigationType::Reload => "Reload",
        NavigationType::BackForward => "Back or forward, loaded anew",
        NavigationType::BackForwardCache => "Back or forward, from the cache",
        NavigationType::Prerender => "Prerendered",
        NavigationType::Restore => "Restored tab",
        NavigationType::SoftNavigation => "Within the page (soft navigation)",
    }
}

/// Effective types of the Network Information API: how fast the connection is, not of which kind.
fn connection(word: &str) -> Option<&'static str> {
    match word {
        "slow-2g" => Some("Very slow (like slow 2G)"),
        "2g" => Some("Slow (like 2G)"),
        "3g" => Some("Medium (like 3G)"),
        "4g" => Some("Fast (like 4G or better)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_in_words_and_names_stay_as_they_are() {
        for (by, key, name) in [
            (Dimension::Country, "DE", "Germany"),
            (Dimension::Country, "ZZ", "ZZ"),
            (Dimension::Device, "mobile", "Mobile"),
            (Dimension::NavigationType, "reload", "Reload"),
            (Dimension::Browser, "Firefox", "Firefox"),
            (Dimension::PageGroup, "/product/*", "/product/*"),
            (Dimension::Browser, "", "Unknown"),
        ] {
            assert_eq!(segment_name(&By::Dimension(by), key), name);
        }
        assert_eq!(segment_name(&By::Tag("variant".into()), ""), "Without this tag");
    }
}
