//! What test keys read: one project with four weeks of page views, worked out from their number,
//! so that a question has the same answer to the last digit whenever and wherever it is asked.
//! Nothing here reads the clock or the database.

use std::{collections::BTreeMap, sync::OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId, TeamId,
    projects::{AllowedOrigin, Project, SiteKey, SiteKeyInUse},
    rum::{
        AttributionRecord, Bot, BotCount, Device, Dimension, DropReason, Figures, FiguresQuery, Gathering, Health,
        NavigationType, PageViewPlace, PageViewRecord, TimeRange, Vital, Vitals, Weight,
    },
};
use uuid::Uuid;

use crate::{Error, Result};

/// When the made-up world stands still: 29 January 2026, 00:00 UTC. Ranges that are not told end
/// here.
pub const NOW: DateTime<Utc> = match DateTime::from_timestamp(1_769_644_800, 0) {
    Some(at) => at,
    None => DateTime::UNIX_EPOCH,
};

/// The one project that test keys see.
pub const PROJECT: ProjectId = ProjectId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001));

/// Page views, one every twelve minutes for 28 days.
const VIEWS: u32 = 28 * 24 * 5;
const APART: TimeDelta = TimeDelta::minutes(12);

const PAGES: [&str; 5] = ["/", "/coffee", "/product/*", "/blog/*", "/checkout"];
const COUNTRIES: [&str; 4] = ["DE", "NO", "GB", "US"];

/// `NotFound` for all but the one project.
pub fn known(id: ProjectId) -> Result<()> {
    if id == PROJECT { Ok(()) } else { Err(Error::NotFound) }
}

pub fn project() -> Project {
    let created_at = NOW - TimeDelta::days(28);
    let origin = AllowedOrigin::parse("https://shop.example");
    let key = SiteKey::parse("pa_00000000000000000000");
    Project {
        id: PROJECT,
        team: TeamId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0002)),
        name: "Test shop".to_owned(),
        created_at,
        public: false,
        origins: origin.into_iter().collect(),
        site_keys: key.into_iter().map(|key| SiteKeyInUse { key, created_at, expires_at: None }).collect(),
    }
}

pub fn vitals(query: &FiguresQuery) -> Figures {
    let mut gathering = Gathering::default();
    let wanted = |view: &&PageViewRecord| {
        view.bot == Bot::Human
            && (query.range.from..query.range.to).contains(&view.at)
            && query.filters.iter().all(|(by, value)| property(view, *by) == value)
    };
    for view in all().iter().filter(wanted) {
        let group = query.group_by.map(|by| property(view, by));
        gathering.add(query, view.at, group, view.vitals.get(query.vital), Weight::ONE);
    }
    gathering.figures(query, false)
}

/// One more than a page at most, as the database is asked.
pub fn page_views(range: TimeRange, after: Option<PageViewPlace>) -> Vec<PageViewRecord> {
    all()
        .iter()
        .rev()
        .filter(|view| (range.from..range.to).contains(&view.at))
        .filter(|view| after.is_none_or(|after| (view.at, view.id) < (after.at, after.id)))
        .take(usize::from(super::answers::PAGE) + 1)
        .cloned()
        .collect()
}

pub fn health(range: TimeRange) -> Health {
    let range = range.widened(domain::rum::Granularity::Hour);
    let mut health = Health::default();
    let mut bots: BTreeMap<(Bot, &String), u64> = BTreeMap::new();
    for (nr, view) in (0..).zip(all()).filter(|(_, view)| (range.from..range.to).contains(&view.at)) {
        health.page_views += 1;
        health.updates += u64::from(nr % 3 == 0);
        if nr % 50 == 7 {
            *health.rejected.entry(DropReason::OriginNotAllowed).or_default() += 1;
        }
        if view.bot != Bot::Human {
            *bots.entry((view.bot, &view.bot_reason)).or_default() += 1;
        }
    }
    let counted =
        |((class, reason), page_views): ((Bot, &String), u64)| BotCount { class, reason: reason.clone(), page_views };
    health.bots = bots.into_iter().map(counted).collect();
    health.stored = health.page_views + health.updates;
    health.received = health.stored + health.rejected.values().sum::<u64>();
    health
}

/// The oldest first.
fn all() -> &'static [PageViewRecord] {
    static ALL: OnceLock<Vec<PageViewRecord>> = OnceLock::new();
    ALL.get_or_init(|| (0..VIEWS).map(view).collect())
}

fn view(nr: u32) -> PageViewRecord {
    let at = NOW - APART * i32::try_from(VIEWS - nr).unwrap_or_default();
    // Primes, so that properties do not go in step.
    let (page, country) = (PAGES[(nr % 5) as usize], COUNTRIES[(nr % 23 % 4) as usize]);
    let device =
        [Device::Mobile, Device::Desktop, Device::Mobile, Device::Desktop, Device::Tablet][(nr % 17 % 5) as usize];
    let (browser, os) = match device {
        Device::Mobile if nr % 19 < 7 => ("Mobile Safari", "iOS"),
        Device::Mobile => ("Chrome Mobile", "Android"),
        Device::Tablet => ("Mobile Safari", "iOS"),
        Device::Desktop if nr % 19 < 4 => ("Firefox", "Linux"),
        Device::Desktop => ("Chrome", "Windows"),
    };
    let chromium = browser.starts_with("Chrome");
    let slow = if device == Device::Mobile { 3 } else { 2 } * if page == "/product/*" { 2 } else { 1 };
    let ttfb = f64::from(120 + nr * 37 % 311);
    let fcp = ttfb + f64::from(200 + slow * (nr * 53 % 211));
    let lcp = fcp + f64::from(150 + slow * (nr * 71 % 401));
    let mut vitals = Vitals::default().with(Vital::Ttfb, ttfb).with(Vital::Fcp, fcp).with(Vital::Lcp, lcp);
    if nr % 9 < 5 {
        let checkout = if page == "/checkout" { 3 } else { 1 };
        vitals.set(Vital::Inp, Some(f64::from(8 * (4 + checkout * (nr * 29 % 23)))));
    }
    if chromium {
        vitals.set(Vital::Cls, Some(f64::from(nr * 31 % 97 * if page == "/blog/*" { 30 } else { 8 }) / 10_000.0));
    }
    let bot = if nr % 101 == 50 { Bot::Bot } else { Bot::Human };
    let path = page.replace('*', &(1_000 + nr % 89).to_string());
    let millis = at.timestamp_millis().unsigned_abs();
    let mut random = [0; 10];
    random[6..].copy_from_slice(&nr.to_be_bytes());
    PageViewRecord {
        id: PageViewId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()),
        at,
        updated_at: at + TimeDelta::seconds(i64::from(nr % 40)),
        url: format!("https://shop.example{path}"),
        page_group: page.to_owned(),
        navigation_type: if nr.is_multiple_of(13) { NavigationType::Reload } else { NavigationType::Navigate },
        device,
        browser: browser.to_owned(),
        os: os.to_owned(),
        country: country.to_owned(),
        connection: if chromium { "4g" } else { "" }.to_owned(),
        release: if nr < VIEWS / 2 { "2026.1.1" } else { "2026.1.2" }.to_owned(),
        referrer: String::new(),
        bot,
        bot_reason: if bot == Bot::Bot { "user agent of a known bot" } else { "" }.to_owned(),
        weight: 1.0,
        vitals,
        attribution: AttributionRecord {
            lcp_target: Some(if page == "/product/*" { "main>img.packshot" } else { "main>h1" }.to_owned()),
            lcp_ttfb: Some(ttfb),
            lcp_load_delay: Some(fcp - ttfb),
            lcp_load_time: Some(lcp - fcp - 100.0),
            lcp_render_delay: Some(100.0),
            ..AttributionRecord::default()
        },
        metrics: BTreeMap::new(),
        tags: BTreeMap::new(),
    }
}

fn property(view: &PageViewRecord, by: Dimension) -> &str {
    match by {
        Dimension::PageGroup => &view.page_group,
        Dimension::Device => view.device.as_str(),
        Dimension::Country => &view.country,
        Dimension::Browser => &view.browser,
        Dimension::Os => &view.os,
        Dimension::Connection => &view.connection,
        Dimension::NavigationType => view.navigation_type.as_str(),
        Dimension::Release => &view.release,
    }
}
