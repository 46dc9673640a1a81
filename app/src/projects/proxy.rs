//! Recipes for a site that forwards script and beacons itself, so that both come from its own
//! address. Each passes the visitor's address on in `X-Forwarded-For`, and, where the proxy can,
//! keeps the site's cookies to itself.

/// Who forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    Nginx,
    Caddy,
    Vercel,
    Netlify,
    Cloudflare,
}

impl Proxy {
    pub const ALL: [Self; 5] = [Self::Nginx, Self::Caddy, Self::Vercel, Self::Netlify, Self::Cloudflare];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Vercel => "vercel",
            Self::Netlify => "netlify",
            Self::Cloudflare => "cloudflare",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
            Self::Vercel => "Vercel",
            Self::Netlify => "Netlify",
            Self::Cloudflare => "Cloudflare",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proxy| proxy.as_str() == word)
    }

    /// Which file, and where in it.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Nginx => "In the site's server block",
            Self::Caddy => "Caddyfile, in the site's block",
            Self::Vercel => "vercel.json",
            Self::Netlify => "netlify.toml",
            Self::Cloudflare => "A Worker on the routes /beacon.js and /api/beacon of the site",
        }
    }

    /// What becomes of the visitor's address and of cookies.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Nginx | Self::Caddy | Self::Cloudflare => {
                "Names the visitor's address, and takes the site's cookies off."
            }
            Self::Vercel | Self::Netlify => {
                "The platform names the visitor's address by itself. The site's cookies pass through; PerfAlly reads none."
            }
        }
    }

    /// The code to paste; `server` is our public address, without a slash at the end.
    pub fn recipe(self, server: &str) -> String {
        match self {
            Self::Nginx => {
                let location = |path: &str| {
                    format!(
                        "location = {path} {{\n    proxy_pass {server}{path};\n    proxy_ssl_server_name on;\n    proxy_set_header Cookie \"\";\n    proxy_set_header X-Forwarded-For $remote_addr;\n}}"
                    )
                };
                format!("{}\n{}", location("/beacon.js"), location("/api/beacon"))
            }
            Self::Caddy => format!(
                "@perfally path /beacon.js /api/beacon\nreverse_proxy @perfally {server} {{\n    header_up Host {{upstream_hostport}}\n    header_up -Cookie\n}}"
            ),
            Self::Vercel => format!(
                "{{\n  \"rewrites\": [\n    {{ \"source\": \"/beacon.js\", \"destination\": \"{server}/beacon.js\" }},\n    {{ \"source\": \"/api/beacon\", \"destination\": \"{server}/api/beacon\" }}\n  ]\n}}"
            ),
            Self::Netlify => {
                let redirect = |path: &str| {
                    format!(
                        "[[redirects]]\n  from = \"{path}\"\n  to = \"{server}{path}\"\n  status = 200\n  force = true"
                    )
                };
                format!("{}\n\n{}", redirect("/beacon.js"), redirect("/api/beacon"))
            }
            Self::Cloudflare => format!(
                "export default {{\n  async fetch(request) {{\n    const headers = new Headers(request.headers);\n    headers.delete(\"cookie\");\n    headers.set(\"x-forwarded-for\", request.headers.get(\"cf-connecting-ip\"));\n    const {{ method, body }} = request;\n    return fetch(\"{server}\" + new URL(request.url).pathname, {{ method, headers, body }});\n  }},\n}};"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proxy_forwards_the_script_and_the_beacons_to_this_server() {
        for proxy in Proxy::ALL {
            let recipe = proxy.recipe("https://perfally.example");
            for part in ["https://perfally.example", "/beacon.js", "/api/beacon"] {
                // The Worker hands any path on; its routes name them.
                assert!(format!("{recipe}{}", proxy.place()).contains(part), "{proxy:?}: {part}");
            }
            assert_eq!(Proxy::parse(proxy.as_str()), Some(proxy));
        }
    }

    #[test]
    fn a_recipe_for_json_is_json() {
        let recipe: serde_json::Value =
            serde_json::from_str(&Proxy::Vercel.recipe("https://perfally.example")).unwrap();
        assert_eq!(recipe["rewrites"][1]["destination"], "https://perfally.example/api/beacon");
    }
}
