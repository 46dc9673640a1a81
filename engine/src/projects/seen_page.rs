//! Reading a fetched page: its scripts, and the policies that govern them.

use domain::projects::{ContentPolicy, SeenPage, SeenScript};
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};
use reqwest::header;

use crate::egress::Fetched;

/// Scripts of a page that are looked at; the tag of a page that has more stands among them.
const MOST_SCRIPTS: usize = 500;

/// The page as browsers read it. Anything can be read so: HTML has no syntax errors.
pub(super) fn read(fetched: &Fetched) -> SeenPage {
    let lines = fetched.headers.get_all(header::CONTENT_SECURITY_POLICY).iter();
    let mut policies: Vec<_> =
        lines.filter_map(|line| line.to_str().ok()).flat_map(ContentPolicy::parse_list).collect();
    let is_html = is_html(fetched);
    let mut scripts = Vec::new();
    if is_html {
        read_html(&fetched.body, &mut scripts, &mut policies);
    }
    SeenPage { url: fetched.url.clone(), status: fetched.status, is_html, scripts, policies }
}

/// Whether it says so, or nothing.
pub(super) fn is_html(fetched: &Fetched) -> bool {
    let kind = fetched.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_none_or(|kind| {
        let kind = kind.trim_start().to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml+xml")
    })
}

fn read_html(body: &[u8], scripts: &mut Vec<SeenScript>, policies: &mut Vec<ContentPolicy>) {
    let mut emitter = DefaultEmitter::default();
    // What stands in scripts, styles, comments and `<noscript>` is no markup.
    emitter.naively_switch_states(true);
    let mut in_script = false;
    for Ok(token) in Tokenizer::new_with_emitter(body, emitter) {
        match token {
            Token::StartTag(tag) if *tag.name == b"script" && scripts.len() < MOST_SCRIPTS => {
                in_script = true;
                scripts.push(SeenScript { attributes: attributes(&tag), text: String::new() });
            }
            Token::StartTag(tag) if *tag.name == b"meta" => {
                let get = |name: &[u8]| tag.attributes.get(name).map(|value| text(value));
                if get(b"http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-security-policy")) {
                    policies.extend(ContentPolicy::parse_list(&get(b"content").unwrap_or_default()));
                }
            }
            Token::EndTag(tag) if *tag.name == b"script" => in_script = false,
            Token::String(words) if in_script => {
                if let Some(script) = scripts.last_mut() {
                    script.text.push_str(&text(&words));
                }
            }
            _ => {}
        }
    }
}

fn attributes(tag: &StartTag<()>) -> Vec<(String, String)> {
    tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect()
}

fn text(bytes: &HtmlString) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderMap, HeaderValue};
    use url::Url;

    use super::*;

    fn seen(html: impl Into<Vec<u8>>) -> SeenPage {
        let url = Url::parse("https://shop.example/").unwrap();
        read(&Fetched { url, status: 200, headers: HeaderMap::new(), body: html.into(), cut: false })
    }

    fn sources(html: &str) -> Vec<String> {
        let src = |script: SeenScript| script.attributes.into_iter().find(|(name, _)| name == "src");
        seen(html).scripts.into_iter().filter_map(src).map(|(_, value)| value).collect()
    }

    #[test]
    fn scripts_are_read_as_browsers_read_them() {
        for (html, expected) in [
            ("<script src=/a.js></script>", vec!["/a.js"]),
            ("<SCRIPT\nASYNC SRC='/a.js' src='/b.js'>", vec!["/a.js"]),
            ("<script src=\"https://x.example/?a=1&amp;b=&#x32;\"></script>", vec!["https://x.example/?a=1&b=2"]),
            ("<!-- <script src=/a.js></script> --><script src=/b.js></script>", vec!["/b.js"]),
            ("<script>var s = '<script src=/a.js>'</script><script src=/b.js></script>", vec!["/b.js"]),
            ("<textarea><script src=/a.js></script></textarea>", vec![]),
            ("<title><script src=/a.js></title><style><script src=/a.js></style>", vec![]),
            ("<noscript><script src=/a.js></script></noscript>", vec![]),
            ("<div title='<script src=/a.js>'><script src=/b.js>", vec!["/b.js"]),
            ("<scriptx src=/a.js><script src", vec![]),
        ] {
            assert_eq!(sources(html), expected, "{html}");
        }
    }

    #[test]
    fn what_a_script_says_is_its_own() {
        let page = seen("<p>before</p><script>one < two</script>between<script>three</script>");
        let texts: Vec<_> = page.scripts.iter().map(|script| script.text.as_str()).collect();
        assert_eq!(texts, ["one < two", "three"]);
    }

    #[test]
    fn policies_stand_in_headers_and_in_the_page() {
        let mut headers = HeaderMap::new();
        for line in ["default-src 'self', img-src *", "script-src 'none'"] {
            headers.append("content-security-policy", HeaderValue::from_static(line));
        }
        headers.append("content-security-policy-report-only", HeaderValue::from_static("script-src 'none'"));
        let body =
            b"<meta http-equiv=Content-Security-Policy content=\"connect-src &#39;self&#39;\"><meta name=x>".to_vec();
        let url = Url::parse("https://shop.example/").unwrap();
        let page = read(&Fetched { url, status: 200, headers, body, cut: false });
        assert_eq!(page.policies.len(), 4);
        assert_eq!(page.policies[3], ContentPolicy::parse_list("connect-src 'self'")[0]);
    }

    #[test]
    fn what_says_it_is_something_else_is_not_read() {
        let url = Url::parse("https://shop.example/").unwrap();
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let page = read(&Fetched { url, status: 200, headers, body: b"<script src=/a.js>".to_vec(), cut: false });
        assert!(!page.is_html && page.scripts.is_empty());
    }

    #[test]
    fn a_page_of_nothing_but_scripts_or_attributes_is_bounded() {
        assert_eq!(seen("<script>".repeat(200) + &"<script></script>".repeat(40_000)).scripts.len(), MOST_SCRIPTS);
        let many: String = (0..60_000).map(|n| format!(" a{n}=1")).collect();
        assert_eq!(seen(format!("<script{many}>")).scripts.len(), 1);
        assert_eq!(seen("<div>".repeat(200_000)).scripts.len(), 0);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read(bytes in prop::collection::vec(any::<u8>(), 0..400), html in "(<(script|meta|style|/script|!--|!\\[CDATA\\[)[ a-z=\"'>/-]{0,20}|\\PC{0,10}){0,20}") {
            seen(bytes);
            seen(html);
        }
    }
}
