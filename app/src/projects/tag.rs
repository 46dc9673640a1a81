//! The tag that a site carries, as HTML and in the words of common frameworks.

use domain::projects::SiteKey;

use crate::SiteUrls;

/// The tag that follows our releases.
pub fn tag(site: &SiteUrls, key: &str) -> String {
    format!(r#"<script async src="{}/beacon.js" data-key="{key}"></script>"#, site.public_url)
}

/// The tag whose bytes never change, and are checked by the browser.
pub fn versioned_tag(site: &SiteUrls, key: &SiteKey) -> String {
    format!(
        r#"<script async src="{}{}" integrity="{}" crossorigin="anonymous" data-key="{key}"></script>"#,
        site.public_url, site.beacon_path, site.beacon_integrity
    )
}

/// Where the tag is pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    Html,
    Next,
    Nuxt,
    Astro,
    WordPress,
}

impl Framework {
    pub const ALL: [Self; 5] = [Self::Html, Self::Next, Self::Nuxt, Self::Astro, Self::WordPress];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Next => "next",
            Self::Nuxt => "nuxt",
            Self::Astro => "astro",
            Self::WordPress => "wordpress",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Next => "Next.js",
            Self::Nuxt => "Nuxt",
            Self::Astro => "Astro",
            Self::WordPress => "WordPress",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.as_str() == word)
    }

    /// Which file, and where in it.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Html => "In the <head> of every page",
            Self::Next => "app/layout.tsx, inside <body>",
            Self::Nuxt => "nuxt.config.ts",
            Self::Astro => "The <head> of your layout",
            Self::WordPress => "functions.php of your theme",
        }
    }

    /// The code to paste; `script` is the address of the script.
    pub fn snippet(self, script: &str, key: &str) -> String {
        let html = format!(r#"<script async src="{script}" data-key="{key}"></script>"#);
        match self {
            Self::Html => html,
            Self::Next => {
                format!("import Script from \"next/script\";\n\n<Script src=\"{script}\" data-key=\"{key}\" />")
            }
            Self::Nuxt => format!(
                "export default defineNuxtConfig({{\n  app: {{\n    head: {{\n      script: [{{ src: \"{script}\", async: true, \"data-key\": \"{key}\" }}],\n    }},\n  }},\n}});"
            ),
            // Without `is:inline` Astro would bundle the script and lose its attributes.
            Self::Astro => html.replacen("<script", "<script is:inline", 1),
            Self::WordPress => format!("add_action('wp_head', function () {{\n    echo '{html}';\n}});"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteUrls {
        SiteUrls {
            assets: "/_a/1".into(),
            public_url: "https://perfally.example".into(),
            beacon_path: "/b/abc/beacon.js".into(),
            beacon_integrity: "sha384-xyz".into(),
            own_site_key: None,
        }
    }

    #[test]
    fn the_tag_names_script_and_key() {
        assert_eq!(
            tag(&site(), "pa_0123456789abcdefghij"),
            r#"<script async src="https://perfally.example/beacon.js" data-key="pa_0123456789abcdefghij"></script>"#
        );
    }

    #[test]
    fn the_versioned_tag_is_checked_by_the_browser() {
        let tag = versioned_tag(&site(), &SiteKey::parse("pa_0123456789abcdefghij").unwrap());
        assert!(tag.contains(r#"src="https://perfally.example/b/abc/beacon.js""#));
        assert!(tag.contains(r#"integrity="sha384-xyz" crossorigin="anonymous""#));
    }

    #[test]
    fn every_framework_is_given_script_and_key() {
        for framework in Framework::ALL {
            let snippet = framework.snippet("https://perfally.example/beacon.js", "pa_0123456789abcdefghij");
            assert!(snippet.contains("https://perfally.example/beacon.js"), "{framework:?}");
            assert!(snippet.contains("pa_0123456789abcdefghij") && snippet.contains("data-key"), "{framework:?}");
            assert_eq!(Framework::parse(framework.as_str()), Some(framework));
        }
    }
}
