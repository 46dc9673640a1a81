//! The tag that a site carries, as HTML and in the words of common frameworks.

use domain::projects::SiteKey;

use crate::SiteUrls;

/// The tag that follows our releases.
pub fn tag(site: &SiteUrls, key: &str) -> String {
    html(&format!("{}/beacon.js", site.public_url), key)
}

/// The tag whose bytes never change, and are checked by the browser.
pub fn versioned_tag(site: &SiteUrls, key: &SiteKey) -> String {
    format!(
        r#"<script async src="{}{}" integrity="{}" crossorigin="anonymous" data-key="{key}"></script>"#,
        site.public_url, site.beacon_path, site.beacon_integrity
    )
}

/// The tag of a site that forwards script and beacons itself.
pub fn own_tag(key: &SiteKey) -> String {
    format!(r#"<script async src="/beacon.js" data-endpoint="/api/beacon" data-key="{key}"></script>"#)
}

fn html(script: &str, key: &str) -> String {
    format!(r#"<script async src="{script}" data-key="{key}"></script>"#)
}

/// What the tag may say besides its key: attribute, and what it does.
pub const OPTIONS: [(&str, &str); 6] = [
    ("data-sample=\"0.25\"", "Measures this share of page loads. The figures are weighted, so that they stay true."),
    ("data-release=\"2026.11.3\"", "Names what is deployed: figures can be split by release."),
    ("data-attribution=\"none\"", "Sends values only: no selectors, no addresses of resources."),
    ("data-respect-gpc", "Leaves out visitors with Global Privacy Control or Do Not Track."),
    ("data-endpoint=\"/api/beacon\"", "Sends to another address, such as your own proxy."),
    (
        "data-debug",
        "Reports at once, and tells the console. For one page view, ?perfally_debug in its address does the same.",
    ),
];

/// Where the tag is pasted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    Html,
    Next,
    Nuxt,
    SvelteKit,
    Astro,
    Leptos,
    WordPress,
    TagManager,
    Cloudflare,
}

impl Framework {
    pub const ALL: [Self; 9] = [
        Self::Html,
        Self::Next,
        Self::Nuxt,
        Self::SvelteKit,
        Self::Astro,
        Self::Leptos,
        Self::WordPress,
        Self::TagManager,
        Self::Cloudflare,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Next => "next",
            Self::Nuxt => "nuxt",
            Self::SvelteKit => "sveltekit",
            Self::Astro => "astro",
            Self::Leptos => "leptos",
            Self::WordPress => "wordpress",
            Self::TagManager => "tag-manager",
            Self::Cloudflare => "cloudflare",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Next => "Next.js",
            Self::Nuxt => "Nuxt",
            Self::SvelteKit => "SvelteKit",
            Self::Astro => "Astro",
            Self::Leptos => "Leptos",
            Self::WordPress => "WordPress",
            Self::TagManager => "Tag Manager",
            Self::Cloudflare => "Cloudflare",
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
            Self::SvelteKit => "src/app.html, in the <head>, above %sveltekit.head%",
            Self::Astro => "The <head> of your layout",
            Self::Leptos => "The <head> in shell()",
            Self::WordPress => "functions.php of your child theme, or a snippet plugin",
            Self::TagManager => "A tag of the type Custom HTML, fired on All Pages",
            Self::Cloudflare => "A Worker on the site's route",
        }
    }

    /// What must be known besides, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::Html | Self::Nuxt | Self::SvelteKit | Self::Leptos | Self::WordPress => None,
            Self::Next => Some("With the pages router, the same two lines stand in pages/_app.tsx."),
            Self::Astro => Some("Without is:inline, Astro would bundle the script and lose its attributes."),
            Self::TagManager => Some(
                "Tag Manager drops the attributes of a pasted <script>, so this one makes its own. It starts later than a tag in the page, and visitors who block Tag Manager are not measured.",
            ),
            Self::Cloudflare => Some("Adds the tag to every HTML page on its way out; the site itself stays as it is."),
        }
    }

    /// The code to paste; `script` is the address of the script.
    pub fn snippet(self, script: &str, key: &str) -> String {
        let html = html(script, key);
        match self {
            Self::Html | Self::SvelteKit | Self::Leptos => html,
            Self::Next => {
                format!("import Script from \"next/script\";\n\n<Script src=\"{script}\" data-key=\"{key}\" />")
            }
            Self::Nuxt => format!(
                "export default defineNuxtConfig({{\n  app: {{\n    head: {{\n      script: [{{ src: \"{script}\", async: true, \"data-key\": \"{key}\" }}],\n    }},\n  }},\n}});"
            ),
            Self::Astro => html.replacen("<script", "<script is:inline", 1),
            Self::WordPress => format!("add_action('wp_head', function () {{\n    echo '{html}';\n}});"),
            Self::TagManager => format!(
                "<script>\n  (function () {{\n    var tag = document.createElement(\"script\");\n    tag.async = true;\n    tag.src = \"{script}\";\n    tag.setAttribute(\"data-key\", \"{key}\");\n    document.head.appendChild(tag);\n  }})();\n</script>"
            ),
            Self::Cloudflare => format!(
                "const tag = `{html}`;\n\nexport default {{\n  async fetch(request) {{\n    const response = await fetch(request);\n    if (!response.headers.get(\"content-type\")?.startsWith(\"text/html\")) return response;\n    return new HTMLRewriter()\n      .on(\"head\", {{ element: (head) => {{ head.append(tag, {{ html: true }}); }} }})\n      .transform(response);\n  }},\n}};"
            ),
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
