use proptest::prelude::*;

use super::*;

const KEY: &str = "pa_0123456789abcdefghij";

fn page(scripts: Vec<SeenScript>) -> SeenPage {
    SeenPage {
        url: Url::parse("https://shop.example/").unwrap(),
        status: 200,
        is_html: true,
        scripts,
        policies: Vec::new(),
    }
}

fn script(attributes: &[(&str, &str)]) -> SeenScript {
    SeenScript {
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        text: String::new(),
    }
}

fn inline(text: &str) -> SeenScript {
    SeenScript { attributes: Vec::new(), text: text.to_owned() }
}

/// The right tag, with these attributes besides or instead.
fn tag(more: &[(&str, &str)]) -> SeenScript {
    let right = [("async", ""), ("src", "https://perfally.example/beacon.js"), ("data-key", KEY)];
    let kept = right.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    script(&kept.chain(more).copied().collect::<Vec<_>>())
}

fn found_for(page: &SeenPage, whose: Whose) -> Vec<Finding> {
    let server = Url::parse("https://perfally.example").unwrap();
    let origins = [AllowedOrigin::parse("https://shop.example").unwrap()];
    findings(page, Expected { server: &server, origins: &origins, whose, served: true })
}

fn found(page: &SeenPage) -> Vec<Finding> {
    found_for(page, Whose::Ours)
}

fn one(script: SeenScript) -> Vec<Finding> {
    found(&page(vec![script]))
}

#[test]
fn a_right_tag_is_told_so() {
    assert_eq!(one(tag(&[])), [Finding::TagIsRight]);
    assert_eq!(one(tag(&[("type", "module")])), [Finding::TagIsRight]);
    let pinned =
        [("src", "https://perfally.example/b/0123/beacon.js"), ("integrity", "sha384-x"), ("crossorigin", "anonymous")];
    assert_eq!(one(tag(&pinned)), [Finding::TagIsRight]);
    assert_eq!(one(tag(&[("src", "/beacon.js"), ("data-endpoint", "/api/beacon")])), [Finding::TagIsRight]);
}

#[test]
fn a_page_that_is_no_page_is_told_by_its_status_or_kind() {
    assert_eq!(found(&SeenPage { status: 403, ..page(vec![]) }), [Finding::Status(403)]);
    assert_eq!(found(&SeenPage { is_html: false, ..page(vec![]) }), [Finding::NotHtml]);
}

#[test]
fn a_missing_tag_is_told_with_who_may_bring_it() {
    assert_eq!(found(&page(vec![])), [Finding::NoTag { tag_manager: false }]);
    assert_eq!(one(script(&[("src", "/app.js")])), [Finding::NoTag { tag_manager: false }]);
    let manager = inline("j.src='https://www.googletagmanager.com/gtm.js?id='+i");
    assert_eq!(one(manager), [Finding::NoTag { tag_manager: true }]);
    let made = inline(&format!("s.src='https://perfally.example/beacon.js';s.setAttribute('data-key','{KEY}')"));
    assert_eq!(one(made.clone()), [Finding::InsertedByScript]);
    let server = Url::parse("https://perfally.example").unwrap();
    assert_eq!(page(vec![made.clone()]).key(&server), Some(KEY));
    assert_eq!(
        found_for(&page(vec![made]), Whose::Nobody),
        [Finding::UnknownKey { key: KEY.into() }, Finding::InsertedByScript]
    );
}

#[test]
fn a_tag_that_browsers_let_lie_is_told_with_why() {
    for (attributes, because_of) in [
        (vec![("type", "text/plain")], "type=\"text/plain\""),
        (vec![("type", "text/plain"), ("data-cookieconsent", "statistics")], "type=\"text/plain\""),
        (vec![("type", "rocketlazyloadscript")], "type=\"rocketlazyloadscript\""),
    ] {
        assert_eq!(one(tag(&attributes)), [Finding::NotRun { because_of: because_of.into() }]);
    }
    let kept_back = script(&[("data-cookieblock-src", "https://perfally.example/beacon.js"), ("data-key", KEY)]);
    assert_eq!(one(kept_back), [Finding::NotRun { because_of: "data-cookieblock-src".into() }]);
    // One that runs beside one that does not is enough.
    assert_eq!(found(&page(vec![tag(&[("type", "text/plain")]), tag(&[])])), [Finding::TagIsRight]);
}

#[test]
fn a_wrong_key_is_told_by_whose_it_is() {
    let (with, key) = (page(vec![tag(&[])]), KEY.to_owned());
    assert_eq!(found_for(&with, Whose::Nobody), [Finding::UnknownKey { key: key.clone() }]);
    assert_eq!(found_for(&with, Whose::Ended), [Finding::EndedKey { key: key.clone() }]);
    assert_eq!(found_for(&with, Whose::Others), [Finding::OtherProjectsKey { key }]);
    assert_eq!(one(script(&[("src", "https://perfally.example/beacon.js")])), [Finding::NoKey]);
}

#[test]
fn a_script_from_elsewhere_or_sent_elsewhere_is_told() {
    let elsewhere = "https://cdn.example/beacon.js";
    assert_eq!(one(tag(&[("src", elsewhere)])), [Finding::OtherHost { script: elsewhere.into() }]);
    assert_eq!(one(tag(&[("src", "http://perfally.example/beacon.js")])), [Finding::Insecure]);
    let endpoint = "https://cdn.example/api/beacon";
    assert_eq!(one(tag(&[("data-endpoint", endpoint)])), [Finding::OtherEndpoint { endpoint: endpoint.into() }]);
}

#[test]
fn a_site_that_does_not_give_out_the_script_itself_is_told() {
    let server = Url::parse("https://perfally.example").unwrap();
    let own = page(vec![tag(&[("src", "/beacon.js"), ("data-endpoint", "/api/beacon")])]);
    let script = "https://shop.example/beacon.js";
    assert_eq!(own.own_script(&server), Some(Url::parse(script).unwrap()));
    assert_eq!(page(vec![tag(&[])]).own_script(&server), None);
    let expected = Expected {
        server: &server,
        origins: &[AllowedOrigin::parse("shop.example").unwrap()],
        whose: Whose::Ours,
        served: false,
    };
    assert_eq!(findings(&own, expected), [Finding::ScriptNotServed { script: script.into() }]);
}

#[test]
fn integrity_that_must_fail_is_told() {
    assert_eq!(one(tag(&[("integrity", "sha384-x"), ("crossorigin", "")])), [Finding::IntegrityOfMovingScript]);
    let pinned = [("src", "https://perfally.example/b/0123/beacon.js"), ("integrity", "sha384-x")];
    assert_eq!(one(tag(&pinned)), [Finding::IntegrityWithoutCors]);
}

#[test]
fn a_policy_that_forbids_is_named_by_its_directive() {
    let under = |policies: &[&str], script: SeenScript| {
        let policies = policies.iter().flat_map(|line| ContentPolicy::parse_list(line)).collect();
        found(&SeenPage { policies, ..page(vec![script]) })
    };
    let no_script = Finding::PolicyForbidsScript { directive: "script-src".into() };
    let no_beacons = Finding::PolicyForbidsBeacons { directive: "default-src".into() };
    assert_eq!(under(&["default-src 'self'; script-src 'self'"], tag(&[])), [no_script.clone(), no_beacons.clone()]);
    assert_eq!(under(&["default-src 'self'; script-src https:"], tag(&[])), [no_beacons]);
    assert_eq!(under(&["connect-src *", "script-src 'self'"], tag(&[])), [no_script]);
    assert_eq!(under(&["script-src 'nonce-a' 'strict-dynamic'"], tag(&[("nonce", "a")])), [Finding::TagIsRight]);
    let own = tag(&[("src", "/beacon.js"), ("data-endpoint", "/api/beacon")]);
    assert_eq!(under(&["default-src 'self'"], own), [Finding::TagIsRight]);
}

#[test]
fn a_page_that_moved_to_an_origin_off_the_list_is_told() {
    let moved = SeenPage { url: Url::parse("https://www.shop.example/").unwrap(), ..page(vec![tag(&[])]) };
    assert_eq!(found(&moved), [Finding::OriginNotAllowed { origin: "https://www.shop.example".into() }]);
}

#[test]
fn what_holds_page_views_back_by_intent_is_told() {
    for call in ["perfally('pause')", "window.perfally(\"pause\");", "perfally ( 'pause' )"] {
        assert_eq!(found(&page(vec![inline(call), tag(&[])])), [Finding::Paused], "{call}");
    }
    for call in ["perfally('resume')", "perfally.q = 'pause'", "perfally(", "perfally"] {
        assert_eq!(found(&page(vec![inline(call), tag(&[])])), [Finding::TagIsRight], "{call}");
    }
    assert_eq!(one(tag(&[("data-sample", "0")])), [Finding::SampledOut]);
    assert_eq!(one(tag(&[("data-sample", "0.25")])), [Finding::Sampled { share: 0.25 }]);
    assert_eq!(one(tag(&[("data-respect-gpc", "")])), [Finding::RespectsSignals]);
    assert_eq!(one(tag(&[("data-respect-gpc", "false")])), [Finding::TagIsRight]);
}

#[test]
fn what_a_page_says_is_shown_short_and_without_control_characters() {
    let long = format!("pa_\0\u{7}{}", "x".repeat(4_000));
    let found = found_for(&page(vec![tag(&[("data-key", &long)])]), Whose::Nobody);
    let [Finding::UnknownKey { key }] = found.as_slice() else { panic!("{found:?}") };
    assert!(key.chars().count() == 120 && !key.chars().any(char::is_control));
}

proptest! {
    #[test]
    fn nothing_that_a_page_says_breaks_the_look(
        attributes in prop::collection::vec(("(src|type|data-key|data-src|data-endpoint|data-sample|integrity|nonce|\\PC{0,8})", "\\PC{0,40}|https?://\\PC{0,20}|(pa_)?[a-z0-9/:.']{0,30}"), 0..8),
        text in "\\PC{0,60}|perfally *\\(? *['\"]?pa|pa_[a-z0-9é]{0,30}perfally.example/beacon.js",
        policy in "((script|connect|default)-src ?('self'|'nonce-|\\*|[a-z:/.*0-9']{0,12}|\\PC{0,6}) ?;?){0,4}",
        status in 100_u16..600,
    ) {
        let with_text = SeenScript { attributes, text };
        let server = Url::parse("https://perfally.example").unwrap();
        let seen = SeenPage { status, policies: ContentPolicy::parse_list(&policy), ..page(vec![with_text, tag(&[])]) };
        for whose in [Whose::Ours, Whose::Nobody] {
            let found = found_for(&seen, whose);
            prop_assert!(!found.is_empty());
            prop_assert!(found.len() == 1 || !found.contains(&Finding::TagIsRight));
        }
        if let Some(key) = seen.key(&server) {
            prop_assert!(!key.is_empty());
        }
    }
}
