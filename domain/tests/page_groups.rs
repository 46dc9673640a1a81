//! Properties of page groups: what holds for every path and every set of templates.

use std::collections::BTreeSet;

use domain::projects::{PageGroups, Template, learn};
use proptest::{collection::vec, prelude::*};

/// As many as `PROPTEST_CASES` says, or few enough that nobody waits.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

fn groups(user: &[&str], learnt: &[&str]) -> PageGroups {
    let read = |texts: &[&str]| texts.iter().map(|text| Template::parse(text).unwrap()).collect();
    PageGroups::new(read(user), read(learnt))
}

/// Segments that often meet templates, and some that try to break them.
fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{1,2}",
        1 => "(item|shop)-[a-c0-9]{1,4}",
        1 => "[0-9]{1,6}",
        1 => "[a-z0-9A-Z_-]{1,24}",
        1 => Just(String::from("*")),
        1 => Just(String::from("**")),
        1 => "a\\*|\\*b|a\\*\\*b|\\*\\*\\*|\\.\\.|\\.||a;b=c|;x=1",
        1 => "(%[0-9a-fA-F]{2}|%[0-9a-zA-Z]|%){1,4}",
        1 => ".{0,12}",
        1 => "[a-z]{70,200}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![8 => vec(segment(), 0..8), 1 => vec(segment(), 8..30)]
        .prop_map(|segments| format!("/{}", segments.join("/")))
}

fn template() -> impl Strategy<Value = Template> {
    let part = prop_oneof![4 => "[ab]{1,2}", 3 => Just(String::from("*")), 1 => "item-\\*", 1 => "a\\*|\\*b|a\\*b|\\*a\\*|\\*-\\*"];
    (vec(part, 0..5), prop::bool::weighted(0.2)).prop_map(|(mut parts, rest)| {
        if rest {
            parts.push("**".into());
        }
        Template::parse(&format!("/{}", parts.join("/"))).unwrap()
    })
}

fn learnt_template() -> impl Strategy<Value = Template> {
    vec(prop_oneof![2 => "[ab]{1,2}", 1 => Just(String::from("*"))], 1..5)
        .prop_map(|parts| Template::parse(&format!("/{}", parts.join("/"))).unwrap())
}

fn page_groups() -> impl Strategy<Value = PageGroups> {
    (vec(template(), 0..6), vec(learnt_template(), 0..6)).prop_map(|(user, learnt)| PageGroups::new(user, learnt))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(1_000)))]

    #[test]
    fn a_group_is_its_own_group(groups in page_groups(), path in path()) {
        let group = groups.group(&path);
        prop_assert_eq!(groups.group(&group), group);
    }

    #[test]
    fn a_group_is_bounded_ascii_that_starts_with_a_slash(groups in page_groups(), path in "(/[^/]{0,9}){0,90}|/[a-z/%]{0,900}") {
        let group = groups.group(&path);
        prop_assert!(group.starts_with('/') && group.len() <= 512);
        prop_assert!(group.bytes().all(|byte| byte.is_ascii_graphic()), "{group:?}");
    }

    /// The reason why reads can apply today's templates to yesterday's names.
    #[test]
    fn a_template_that_takes_in_all_of_an_older_group_gets_its_rows(parts in vec(("[a-z]{1,9}|[0-9]{1,5}", 0..3), 1..6)) {
        let text = |opened_from: i32| -> String {
            parts.iter().map(|(part, age)| if *age >= opened_from { "/*".into() } else { format!("/{part}") }).collect()
        };
        let (path, older, newer) = (text(3), Template::parse(&text(2)).unwrap(), Template::parse(&text(1)).unwrap());
        let name = PageGroups::new(vec![older], vec![]).group(&path);
        let today = PageGroups::new(vec![newer.clone()], vec![]);
        prop_assert_eq!(today.group(&path), newer.as_str());
        prop_assert_eq!(today.group(&name), newer.as_str());
    }

    #[test]
    fn a_template_is_read_back_as_it_was_written(typed in "/?(\\PC{0,8}/?){0,6}") {
        if let Ok(template) = Template::parse(&typed) {
            prop_assert_eq!(Template::parse(template.as_str()), Ok(template));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(40)))]

    #[test]
    fn the_same_paths_teach_nothing_more(
        user in vec(template(), 0..3),
        paths in vec(vec("[a-z]{1,2}|[ab]|[0-9]|:[ab]", 0..6).prop_map(|parts| format!("/{}", parts.join("/"))), 0..1_000),
    ) {
        let learnt = learn(&PageGroups::new(user.clone(), vec![]), paths.iter().map(String::as_str));
        let groups = PageGroups::new(user.clone(), learnt.clone());
        prop_assert_eq!(learn(&groups, paths.iter().map(String::as_str)), learnt.clone());
        let names: BTreeSet<_> = paths.iter().map(|path| groups.group(path)).collect();
        prop_assert_eq!(learn(&groups, names.iter().map(String::as_str)), learnt.clone());
        for template in learnt {
            prop_assert_eq!(Template::read(template.as_str()), Ok(template));
        }
        for name in names {
            prop_assert_eq!(groups.group(&name), name);
        }
    }
}

#[test]
fn built_in_rules_know_identifiers() {
    let groups = PageGroups::default();
    for (path, group) in [
        ("/", "/"),
        ("", "/"),
        ("/product/42", "/product/*"),
        ("/product/42/", "/product/*"),
        ("//product//42", "/product/*"),
        ("/product/42/reviews", "/product/*/reviews"),
        ("/2026/11/22/a-title", "/*/*/*/a-title"),
        ("/docs/1.2.3/index.html", "/docs/*/index.html"),
        ("/user/ada%40example.com", "/user/*"),
        ("/Checkout/Step-1", "/Checkout/Step-1"),
        ("/order;jsessionid=1A/42", "/order/*"),
    ] {
        assert_eq!(groups.group(path), group, "{path}");
    }
}

#[test]
fn the_teams_templates_come_first_and_the_most_specific_wins() {
    let groups = groups(
        &["/product/*", "/product/new", "/year/2026", "/blog/**", "/item-*", "/product/*/reviews"],
        &["/product/*", "/news/*"],
    );
    for (path, group) in [
        ("/product/shoes", "/product/*"),
        ("/product/new", "/product/new"),
        ("/product/shoes/reviews", "/product/*/reviews"),
        ("/year/2026", "/year/2026"),
        ("/year/2025", "/year/*"),
        ("/blog", "/blog"),
        ("/blog/2026/11/a", "/blog/**"),
        ("/item-4", "/item-*"),
        ("/news/anything", "/news/*"),
        ("/news/anything/comments", "/news/*/comments"),
        ("/news", "/news"),
    ] {
        assert_eq!(groups.group(path), group, "{path}");
    }
}

fn learnt_from(known: &PageGroups, paths: impl Iterator<Item = String>) -> Vec<String> {
    let paths: Vec<_> = paths.collect();
    learn(known, paths.iter().map(String::as_str)).iter().map(|template| template.as_str().to_owned()).collect()
}

/// `a`, `b` … `z`, `aa` …: words that no built-in rule knows.
fn word(mut n: usize) -> String {
    let mut word = String::new();
    loop {
        word.insert(0, char::from(b'a' + (n % 26) as u8));
        if n < 26 {
            return word;
        }
        n = n / 26 - 1;
    }
}

#[test]
fn a_place_with_many_different_segments_fans_out() {
    let none = PageGroups::default();
    assert!(learnt_from(&none, (0..30).map(|n| format!("/blog/{}", word(n)))).is_empty(), "a short fixed set stays");
    assert_eq!(learnt_from(&none, (0..31).map(|n| format!("/blog/{}", word(n)))), ["/blog/*"]);
    assert_eq!(learnt_from(&none, (0..31).map(|n| format!("/shop/{n}/{}", word(n)))), ["/shop/*/*"]);
    assert!(learnt_from(&none, (0..5_000).map(|n| format!("/shop/{n}"))).is_empty(), "the built-in rules suffice");
}

#[test]
fn sections_stay_beside_many_pages_at_the_root() {
    let articles = (0..200).map(|n| format!("/{}", word(n + 100)));
    let help = (0..15).map(|n| format!("/help/{}", word(n)));
    let blog = (0..50).map(|n| format!("/blog/{}", word(n)));
    let learnt = learnt_from(&PageGroups::default(), articles.chain(help).chain(blog));
    assert_eq!(learnt, ["/*", "/blog", "/blog/*", "/help"]);
    let groups = groups(&[], &["/*", "/blog", "/blog/*", "/help"]);
    assert_eq!(groups.group("/anything"), "/*");
    assert_eq!(groups.group("/blog"), "/blog");
    assert_eq!(groups.group("/blog/a"), "/blog/*");
    assert_eq!(groups.group("/help/a"), "/help/a");
}

#[test]
fn things_with_much_below_them_are_no_sections() {
    let albums = (0..150).flat_map(|user| (0..12).map(move |album| format!("/{}/{}", word(user), word(album + user))));
    let learnt = learnt_from(&PageGroups::default(), albums);
    assert_eq!(learnt, ["/*", "/*/*"]);
}

#[test]
fn what_the_team_grouped_teaches_nothing() {
    let known = groups(&["/blog/**"], &[]);
    assert!(learnt_from(&known, (0..500).map(|n| format!("/blog/{}/{}", word(n), word(n)))).is_empty());
}

/// Thirty children everywhere never fan out by their number alone.
#[test]
fn endless_made_up_paths_end_in_bounded_groups() {
    type Path = fn(usize) -> String;
    let attacks: [(&str, Path); 4] = [
        ("wide", |n| format!("/{}", word(n))),
        (
            "just below the bound everywhere",
            (|n| format!("/{}/{}/{}/{}", word(n % 30), word(n / 30 % 30), word(n / 900 % 30), word(n / 27_000))),
        ),
        ("deep", |n| (0..40).map(|at| format!("/{}", word((n * 31 + at * 7) % 29))).collect()),
        ("many places", |n| format!("/{}/{}", word(n / 40), word(n % 40))),
    ];
    for (attack, path) in attacks {
        let mut known = PageGroups::default();
        for round in 0..4 {
            let paths: Vec<_> = (0..20_000).map(|n| path(round * 20_000 + n)).collect();
            known = PageGroups::new(vec![], learn(&known, paths.iter().map(String::as_str)));
            let names: BTreeSet<_> = paths.iter().map(|path| known.group(path)).collect();
            assert!(names.len() <= 1_000, "{attack}, round {round}: {} groups", names.len());
            assert!(known.learnt().len() <= 200, "{attack}, round {round}: {} templates", known.learnt().len());
        }
    }
}
