//! A site with invented visitors, the same at every run.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    accounts::Actor,
    billing::Plan,
    projects::{Origin, Project, SiteKey},
    rum::{Bot, Device, NavigationType, Vital, Vitals, Weight},
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use url::Url;

use crate::{
    fakes::{World, team_of},
    projects,
    rum::{
        batch::{self, Desk, Received},
        fold,
        page_view::PageView,
        upkeep_store,
        wire::{Attribution, Beacon},
    },
};

/// The owner's project, with no page view yet.
pub async fn shop(world: &World) -> (Actor, Project) {
    let owner = world.user("ada@example.com").await;
    let shop =
        projects::create_project(&world.engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    (owner, shop)
}

/// Stores page views as the writer does.
pub async fn store(world: &World, views: &[PageView]) {
    let mut db = world.engine.db.acquire().await.unwrap();
    let days: std::collections::BTreeSet<_> = views.iter().map(|view| view.at.date_naive()).collect();
    for day in days {
        upkeep_store::ensure_partition(&mut db, day).await.unwrap();
    }
    for part in views.chunks(500) {
        let batch: Vec<_> = part.iter().map(|view| Received::View(Box::new(view.clone()))).collect();
        assert!(
            batch::commit(&mut db, &mut Desk::new(Plan::Agency), &batch, None).await.unwrap().iter().all(Result::is_ok)
        );
    }
    fold::fold(&mut db).await.unwrap();
}

/// So many page views of the days before `now`, with every property drawn from few values.
pub fn visitors(project: ProjectId, now: DateTime<Utc>, days: i64, count: u32, seed: u64) -> Vec<PageView> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let at = now - TimeDelta::milliseconds(random.random_range(0..days * 86_400_000));
            visit(project, at, &mut random)
        })
        .collect()
}

fn visit(project: ProjectId, at: DateTime<Utc>, random: &mut StdRng) -> PageView {
    let mut of = |values: &[&str]| values[random.random_range(0..values.len())].to_owned();
    let path = of(&["/", "/", "/cart", "/help"]);
    let (browser, os) = (of(&["Chrome", "Chrome", "Firefox", ""]), of(&["Android", "Linux"]));
    let (country, connection) = (of(&["NO", "DE", ""]), of(&["4g", "3g", ""]));
    let (release, variant) = (of(&["1.0", "1.1", ""]), of(&["a", "b", ""]));
    let device = Device::ALL[random.random_range(0..3)];
    let navigation_type = NavigationType::ALL[random.random_range(0..3)];
    let weight = Weight::new([1.0, 1.0, 2.5, 10.0][random.random_range(0..4)]).unwrap();
    let bot = if random.random::<f64>() < 0.1 { Bot::Bot } else { Bot::Human };
    let mut vitals = Vitals::default();
    let slow = if device == Device::Mobile { 1.8 } else { 1.0 } * if path == "/cart" { 1.5 } else { 1.0 };
    vitals.set(Vital::Lcp, Some((slow * random.random_range(400.0..4_000.0_f64)).round()));
    vitals.set(Vital::Ttfb, Some(random.random_range(20.0..1_500.0_f64)));
    if random.random::<f64>() < 0.6 {
        vitals.set(Vital::Inp, Some(f64::from(random.random_range(1..90)) * 8.0 * slow));
    }
    if browser == "Chrome" {
        vitals.set(Vital::Cls, Some(random.random_range(0.0..0.4_f64).powi(2)));
    }
    let mut rest = [0u8; 10];
    random.fill_bytes(&mut rest);
    let id = uuid::Builder::from_unix_timestamp_millis(at.timestamp_millis().unsigned_abs(), &rest).into_uuid();
    let tags = if variant.is_empty() { BTreeMap::new() } else { BTreeMap::from([("variant".to_owned(), variant)]) };
    // Of the id's bytes, so that what is drawn besides stays as it was.
    let mut metrics = BTreeMap::new();
    if rest[0] < 100 {
        metrics.insert("cart_ready".to_owned(), f64::from(u16::from_be_bytes([rest[1], rest[2]])) / 16.0);
    }
    if rest[3] < 60 {
        metrics.insert("balance".to_owned(), f64::from(rest[4]) - 200.0);
    }
    PageView {
        project,
        at,
        page_group: path.clone(),
        device,
        browser,
        os,
        country,
        bot,
        bot_reason: if bot == Bot::Human { "" } else { "user agent of a known bot" }.into(),
        body: Bytes::new(),
        beacon: Beacon {
            key: SiteKey::parse("pa_0123456789abcdefghij").unwrap(),
            id: PageViewId(id),
            seq: 1,
            url_origin: Origin::of(&Url::parse("https://shop.example").unwrap()).unwrap(),
            path,
            navigation_type,
            weight,
            device_hint: None,
            connection,
            device_memory: None,
            viewport: None,
            release,
            referrer: String::new(),
            vitals,
            attribution: Attribution::default(),
            metrics,
            tags,
            faults: Vec::new(),
        },
    }
}
