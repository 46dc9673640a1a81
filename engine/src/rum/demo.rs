//! The demo: four weeks of an invented shop's visitors, the same at every seeding but for the
//! clock: it ends now. Written through the same batches as real beacons.
//!
//! Planted truths: the product pages are slow to paint on phones; the checkout's button reacts
//! late everywhere; the blog shifts while its pictures load; all else is good.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use domain::{
    PageViewId, ProjectId,
    accounts::Actor,
    billing::Plan,
    projects::{Origin, PageGroups, Project, SiteKey},
    rum::{Bot, Device, Granularity, NavigationType, Vital, Vitals, Weight},
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use sqlx::{Connection, PgConnection};
use url::Url;

use super::{
    batch::{self, Desk, Received},
    page_view::PageView,
    read_store, roll_up_days, store, upkeep_store,
    wire::{Attribution, Beacon},
};
use crate::{Engine, Error, Result, projects};

const SEED: u64 = 0x5eed_0001;
const DAYS: i64 = 28;
/// Page views in the busiest hour; the night has a fifth.
const PEAK_PER_HOUR: f64 = 36.0;

/// Makes the demo project and fills it, unless it has data; tells it.
pub async fn seed_demo(engine: &Engine) -> Result<Project> {
    let project = projects::ensure_demo_project(engine).await?;
    let now = engine.now();
    let mut db = engine.db.acquire().await?;
    if !read_store::ever_received(&mut db, project.id).await? {
        // Each by itself: within the transaction below, they would keep others from the table.
        for day in days(now) {
            upkeep_store::ensure_partition(&mut db, day.date_naive()).await?;
        }
    }
    // All or nothing, and one replica at a time: a demo that was cut short would stay so.
    let mut transaction = db.begin().await?;
    store::lock_projects(&mut transaction, &[project.id]).await?;
    if !read_store::ever_received(&mut transaction, project.id).await? {
        fill(&mut transaction, &project, now).await?;
    }
    transaction.commit().await?;
    drop(db);
    projects::project(engine, &Actor::system(), project.id).await
}

async fn fill(db: &mut PgConnection, project: &Project, now: DateTime<Utc>) -> Result<()> {
    let key = project
        .site_keys
        .first()
        .map(|key| key.key.clone())
        .ok_or_else(|| Error::internal("the demo has no site key"))?;
    let mut shop = Shop {
        project: project.id,
        key,
        origin: project
            .origins
            .first()
            .and_then(|origin| Url::parse(origin.as_str()).ok())
            .and_then(|url| Origin::of(&url))
            .ok_or_else(|| Error::internal("the demo has no origin"))?,
        page_groups: PageGroups::default(),
        random: StdRng::seed_from_u64(SEED),
    };
    // The house's own project has no quota, whatever the plan.
    let mut desk = Desk::new(Plan::Free);
    let end = Granularity::Hour.floor(now);
    for day in days(now) {
        let mut batch = Vec::new();
        for hour in (0..24).map(|hour| day + TimeDelta::hours(hour)).filter(|hour| *hour <= end) {
            shop.hour(hour, now, &mut batch);
        }
        batch::commit(&mut *db, &mut desk, &batch, None).await?;
    }
    // Not from where the project was rolled up to: the job may have closed these days while they were empty.
    let closed = roll_up_days::closed_before(now);
    for day in days(now).filter(|day| *day < closed) {
        upkeep_store::roll_up_day(&mut *db, project.id, day).await?;
    }
    upkeep_store::set_rolled_up_to(db, project.id, closed).await
}

/// The days of the demo, the oldest first.
fn days(now: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    let first = Granularity::Day.floor(now - TimeDelta::days(DAYS));
    (0..=DAYS).map(move |nr| first + TimeDelta::days(nr))
}

/// One kind of page: its paths, its share of the visits, and how its vitals differ.
struct Page {
    path: &'static str,
    /// How many numbered paths `{n}` stands for.
    items: u32,
    share: f64,
    lcp_on_phones: f64,
    inp: f64,
    cls: f64,
}

const PAGES: [Page; 8] = [
    Page { path: "/", items: 1, share: 0.22, lcp_on_phones: 1.0, inp: 1.0, cls: 0.5 },
    Page { path: "/coffee", items: 1, share: 0.14, lcp_on_phones: 1.1, inp: 1.0, cls: 0.6 },
    Page { path: "/product/{n}", items: 180, share: 0.34, lcp_on_phones: 2.4, inp: 1.1, cls: 0.7 },
    Page { path: "/blog/{n}", items: 60, share: 0.09, lcp_on_phones: 1.05, inp: 0.7, cls: 7.0 },
    Page { path: "/cart", items: 1, share: 0.08, lcp_on_phones: 0.9, inp: 1.2, cls: 0.6 },
    Page { path: "/checkout", items: 1, share: 0.06, lcp_on_phones: 0.95, inp: 3.1, cls: 0.5 },
    Page { path: "/account/orders/{n}", items: 400, share: 0.04, lcp_on_phones: 0.9, inp: 1.0, cls: 0.4 },
    Page { path: "/about", items: 1, share: 0.03, lcp_on_phones: 0.8, inp: 0.6, cls: 0.3 },
];

const COUNTRIES: [(&str, f64); 7] =
    [("DE", 0.3), ("NO", 0.2), ("SE", 0.15), ("GB", 0.13), ("US", 0.12), ("FR", 0.06), ("BR", 0.04)];

struct Shop {
    project: ProjectId,
    key: SiteKey,
    origin: Origin,
    page_groups: PageGroups,
    random: StdRng,
}

impl Shop {
    /// The page views of one hour, up to `now`.
    fn hour(&mut self, hour: DateTime<Utc>, now: DateTime<Utc>, into: &mut Vec<Received>) {
        let wave = (f64::from(hour.hour()) - 15.0) / 12.0 * std::f64::consts::PI;
        let busy = 0.6 + 0.4 * wave.cos();
        let expected = PEAK_PER_HOUR * busy;
        let views = (expected * (0.85 + 0.3 * self.random.random::<f64>())) as i64;
        let mut at: Vec<_> =
            (0..views).map(|_| hour + TimeDelta::milliseconds(self.random.random_range(0..3_600_000))).collect();
        at.sort_unstable();
        for at in at {
            let view = self.view(at);
            // Drawn even when it lies ahead, so that every seeding draws the same.
            if at <= now {
                into.push(Received::View(Box::new(view)));
            }
        }
    }

    fn view(&mut self, at: DateTime<Utc>) -> PageView {
        let random = &mut self.random;
        let page = pick(random, &PAGES, |page| page.share);
        let path = page
            .path
            .replace("{n}", &(1_000 + (f64::from(page.items) * random.random::<f64>().powi(3)) as u32).to_string());
        let (device, browser, os) = match random.random::<f64>() {
            x if x < 0.40 => (Device::Mobile, "Chrome Mobile", "Android"),
            x if x < 0.60 => (Device::Mobile, "Mobile Safari", "iOS"),
            x if x < 0.62 => (Device::Tablet, "Mobile Safari", "iOS"),
            x if x < 0.64 => (Device::Tablet, "Chrome", "Android"),
            x if x < 0.86 => (Device::Desktop, "Chrome", "Windows"),
            x if x < 0.93 => (Device::Desktop, "Firefox", "Linux"),
            _ => (Device::Desktop, "Safari", "Mac OS X"),
        };
        let (country, _) = *pick(random, &COUNTRIES, |(_, share)| *share);
        let far = if country == "BR" { 2.2 } else { 1.0 };
        let phone = device == Device::Mobile;
        let slowness = if phone { 1.4 } else { 0.8 };

        let ttfb = log_normal(random, 5.6, 0.55) * far;
        let fcp = ttfb + log_normal(random, 6.2, 0.45) * slowness;
        let load = log_normal(random, 6.0, 0.5) * slowness * if phone { page.lcp_on_phones } else { 0.9 };
        let render = log_normal(random, 5.0, 0.5) * slowness * if phone { page.lcp_on_phones } else { 1.0 };
        let lcp = (fcp + load + render).min(590_000.0);
        let mut vitals =
            Vitals::default().with(Vital::Ttfb, tenth(ttfb)).with(Vital::Fcp, tenth(fcp)).with(Vital::Lcp, tenth(lcp));
        let mut attribution = Attribution {
            lcp_target: Some(if page.path.starts_with("/product") {
                "main>img.packshot".into()
            } else {
                "main>h1".into()
            }),
            lcp_ttfb: Some(tenth(ttfb)),
            lcp_load_delay: Some(tenth((fcp - ttfb) * 0.6)),
            lcp_load_time: Some(tenth(load)),
            lcp_render_delay: Some(tenth((lcp - ttfb - (fcp - ttfb) * 0.6 - load).max(0.0))),
            ..Attribution::default()
        };
        if random.random::<f64>() < 0.55 {
            let inp = log_normal(random, 4.1, 0.6) * page.inp * if phone { 1.2 } else { 0.7 };
            vitals.set(Vital::Inp, Some((inp / 8.0).round() * 8.0));
            attribution.inp_target =
                Some(if page.path == "/checkout" { "button#pay".into() } else { "button.add".into() });
            attribution.inp_type = Some("pointer".into());
            attribution.inp_input_delay = Some(tenth(inp * 0.15));
            attribution.inp_processing = Some(tenth(inp * 0.6));
            attribution.inp_presentation = Some(tenth(inp * 0.25));
        }
        // Only Chromium measures shifts.
        if browser.starts_with("Chrome") {
            let shifts = random.random::<f64>() < 0.45;
            let cls = if shifts { log_normal(random, -3.6, 0.9) * page.cls } else { 0.0 };
            vitals.set(Vital::Cls, Some((cls.min(5.0) * 10_000.0).round() / 10_000.0));
            attribution.cls_target = shifts.then(|| "article>figure".into());
        }
        let navigation_type = match random.random::<f64>() {
            x if x < 0.86 => NavigationType::Navigate,
            x if x < 0.92 => NavigationType::BackForward,
            x if x < 0.97 => NavigationType::BackForwardCache,
            _ => NavigationType::Reload,
        };
        let bot = if random.random::<f64>() < 0.02 { Bot::Bot } else { Bot::Human };
        let connection =
            if browser.starts_with("Chrome") { if random.random::<f64>() < 0.9 { "4g" } else { "3g" } } else { "" };
        let millis = at.timestamp_millis().unsigned_abs();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes(random)).into_uuid();
        PageView {
            project: self.project,
            at,
            updated_at: at,
            page_group: self.page_groups.group(&path),
            device,
            browser: browser.to_owned(),
            os: os.to_owned(),
            country: country.to_owned(),
            bot,
            bot_reason: if bot == Bot::Bot { "user agent of a known bot" } else { "" }.into(),
            sample_factor: 1,
            other_keys: 0,
            body: Bytes::new(),
            beacon: Beacon {
                key: self.key.clone(),
                id: PageViewId(id),
                seq: 1,
                url_origin: self.origin.clone(),
                path,
                navigation_type,
                weight: Weight::ONE,
                device_hint: Some(device),
                connection: connection.to_owned(),
                device_memory: None,
                viewport: Some(if phone { (390, 844) } else { (1_440, 900) }),
                release: String::new(),
                referrer: String::new(),
                vitals,
                attribution,
                metrics: BTreeMap::new(),
                tags: BTreeMap::new(),
                faults: Vec::new(),
            },
        }
    }
}

fn pick<'a, T>(random: &mut StdRng, from: &'a [T], share: impl Fn(&T) -> f64) -> &'a T {
    let mut left = random.random::<f64>() * from.iter().map(&share).sum::<f64>();
    for item in from {
        left -= share(item);
        if left < 0.0 {
            return item;
        }
    }
    &from[from.len() - 1]
}

fn log_normal(random: &mut StdRng, mu: f64, sigma: f64) -> f64 {
    // Box–Muller; the first number is kept off zero, whose logarithm is none.
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    let angle = 2.0 * std::f64::consts::PI * random.random::<f64>();
    (mu + sigma * radius * angle.cos()).exp()
}

fn random_bytes(random: &mut StdRng) -> [u8; 10] {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    bytes
}

fn tenth(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}
