//! What a site's Content-Security-Policy must hold for the tag to work.

use crate::SiteUrls;

/// For the tag that follows our releases.
pub fn lines(site: &SiteUrls) -> String {
    format!("script-src {0};\nconnect-src {0};", site.public_url)
}

/// For the tag of a fixed version: these addresses and no others of this server.
pub fn narrow_lines(site: &SiteUrls) -> String {
    format!("script-src {0}{1};\nconnect-src {0}/api/beacon;", site.public_url, site.beacon_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_and_beacons_are_allowed_and_nothing_else() {
        let site = SiteUrls {
            assets: String::new(),
            public_url: "https://perfally.example".into(),
            beacon_path: "/b/abc/beacon.js".into(),
            beacon_integrity: String::new(),
            own_site_key: None,
        };
        assert_eq!(lines(&site), "script-src https://perfally.example;\nconnect-src https://perfally.example;");
        assert_eq!(
            narrow_lines(&site),
            "script-src https://perfally.example/b/abc/beacon.js;\nconnect-src https://perfally.example/api/beacon;"
        );
    }
}
