//! The shop's pages, and the visits that they get.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    projects::{Origin, PageGroups, SiteKey},
    rum::{Bot, Device, NavigationType, Vital, Vitals, Weight},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    chance::{self, log_normal, pick},
    story::Story,
};
use crate::rum::{
    batch::Received,
    page_view::PageView,
    wire::{Attribution, Beacon},
};

const SEED: u64 = 0x5eed_0001;

/// One kind of page: its paths, its share of the visits, how its vitals differ, and which of its
/// elements they are about.
struct Page {
    path: &'static str,
    /// How many numbered paths `{n}` stands for.
    items: u32,
    share: f64,
    lcp_on_phones: f64,
    inp: f64,
    cls: f64,
    lcp_target: &'static str,
    inp_target: &'static str,
    cls_target: &'static str,
}

const USUAL: Page = Page {
    path: "",
    items: 1,
    share: 0.0,
    lcp_on_phones: 1.0,
    inp: 1.0,
    cls: 0.5,
    lcp_target: "main>h1",
    inp_target: "nav>button.menu",
    cls_target: "body>div#cookie-note",
};

const PRODUCT: Page = Page {
    path: "/product/{n}",
    items: 180,
    share: 0.34,
    lcp_on_phones: 2.4,
    inp: 1.1,
    cls: 0.7,
    // The build makes the class's end up; here it is the release.
    lcp_target: "main>figure>img.packshot-{release}",
    inp_target: "form>button.add-to-cart",
    ..USUAL
};

const CHECKOUT: Page = Page {
    path: "/checkout",
    share: 0.06,
    lcp_on_phones: 0.95,
    inp: 3.1,
    inp_target: "form#checkout>button#pay",
    ..USUAL
};

const PAGES: [Page; 8] = [
    Page { path: "/", share: 0.22, lcp_target: "section.hero>img", ..USUAL },
    Page { path: "/coffee", share: 0.14, lcp_on_phones: 1.1, cls: 0.6, lcp_target: "ul.grid>li>img", ..USUAL },
    PRODUCT,
    Page {
        path: "/blog/{n}",
        items: 60,
        share: 0.09,
        lcp_on_phones: 1.05,
        inp: 0.7,
        cls: 7.0,
        cls_target: "article>figure.lazy",
        ..USUAL
    },
    Page {
        path: "/cart",
        share: 0.08,
        lcp_on_phones: 0.9,
        inp: 1.2,
        cls: 0.6,
        inp_target: "td>button.amount",
        ..USUAL
    },
    CHECKOUT,
    Page { path: "/account/orders/{n}", items: 400, share: 0.04, lcp_on_phones: 0.9, cls: 0.4, ..USUAL },
    Page { path: "/about", share: 0.03, lcp_on_phones: 0.8, inp: 0.6, cls: 0.3, ..USUAL },
];

/// By their shares, and how long visitors wait for the first byte there.
const COUNTRIES: [(&str, f64, f64); 7] = [
    ("DE", 0.3, 1.0),
    ("NO", 0.2, 0.9),
    ("SE", 0.15, 0.95),
    ("GB", 0.13, 1.0),
    ("US", 0.11, 1.2),
    ("FR", 0.06, 1.05),
    ("BR", 0.05, 3.2),
];

const REFERRERS: [(&str, f64); 4] =
    [("", 0.55), ("https://www.google.com", 0.3), ("https://duckduckgo.com", 0.05), ("https://coffee.example", 0.1)];

/// Who comes by.
struct Visitor {
    device: Device,
    browser: &'static str,
    os: &'static str,
    country: &'static str,
    /// How much longer the first byte takes.
    far: f64,
    bot: Bot,
}

pub struct Shop {
    project: ProjectId,
    key: SiteKey,
    origin: Origin,
    story: Story,
    page_groups: PageGroups,
    random: StdRng,
}

impl Shop {
    pub fn open(project: ProjectId, key: SiteKey, origin: Origin, story: Story) -> Self {
        let random = StdRng::seed_from_u64(SEED);
        Self { project, key, origin, story, page_groups: PageGroups::default(), random }
    }

    /// The page views of one hour, up to now.
    pub fn hour(&mut self, hour: DateTime<Utc>, into: &mut Vec<Received>) {
        let visits = (self.story.expected(hour) * (0.85 + 0.3 * self.random.random::<f64>())) as i64;
        let bots = self.story.burst_of_bots(hour);
        let mut at: Vec<_> = (0..visits + bots)
            .map(|nr| (hour + TimeDelta::milliseconds(self.random.random_range(0..3_600_000)), nr >= visits))
            .collect();
        at.sort_unstable();
        for (at, is_burst) in at {
            let visitor = self.visitor(at, is_burst);
            let view = self.view(at, &visitor);
            // Drawn even when it lies ahead, so that every seeding draws the same.
            if self.story.is_over(at) {
                into.push(Received::View(Box::new(view)));
            }
        }
    }

    fn visitor(&mut self, at: DateTime<Utc>, is_burst: bool) -> Visitor {
        let phones = if self.story.is_campaign(at) { 0.86 } else { 0.6 };
        let random = &mut self.random;
        // Phones first, then tablets and desktops in what is left.
        let drawn = random.random::<f64>();
        let rest = (drawn - phones) / (1.0 - phones);
        let (device, browser, os) = match drawn {
            x if x < phones * 0.67 => (Device::Mobile, "Chrome Mobile", "Android"),
            x if x < phones => (Device::Mobile, "Mobile Safari", "iOS"),
            _ if rest < 0.05 => (Device::Tablet, "Mobile Safari", "iOS"),
            _ if rest < 0.10 => (Device::Tablet, "Chrome", "Android"),
            _ if rest < 0.65 => (Device::Desktop, "Chrome", "Windows"),
            _ if rest < 0.83 => (Device::Desktop, "Firefox", "Linux"),
            _ => (Device::Desktop, "Safari", "Mac OS X"),
        };
        let (country, _, far) = *pick(random, &COUNTRIES, |(_, share, _)| *share);
        let bot = match random.random::<f64>() {
            x if is_burst && x < 0.8 => Bot::Bot,
            _ if is_burst => Bot::Suspect,
            x if x < 0.02 => Bot::Bot,
            _ => Bot::Human,
        };
        Visitor { device, browser, os, country, far, bot }
    }

    fn view(&mut self, at: DateTime<Utc>, visitor: &Visitor) -> PageView {
        let (release, lazy) = (self.story.release(at), self.story.is_lazy(at));
        let random = &mut self.random;
        let page = pick(random, &PAGES, |page| page.share);
        let nr = 1_000 + (f64::from(page.items) * random.random::<f64>().powi(3)) as u32;
        let path = page.path.replace("{n}", &nr.to_string());
        let chromium = visitor.browser.starts_with("Chrome");
        let phone = visitor.device == Device::Mobile;
        let navigation_type = match random.random::<f64>() {
            x if x < 0.86 => NavigationType::Navigate,
            x if x < 0.92 => NavigationType::BackForward,
            x if x < 0.97 => NavigationType::BackForwardCache,
            _ => NavigationType::Reload,
        };
        let connection = match random.random::<f64>() {
            _ if !chromium => "",
            x if x < 0.9 => "4g",
            _ => "3g",
        };
        let (vitals, attribution) = measure(random, page, visitor, release, lazy);
        let member = random.random::<f64>() < 0.3;
        let variant = if random.random::<f64>() < 0.5 { "a" } else { "b" };
        let mut metrics = BTreeMap::new();
        match page.path {
            "/cart" | "/checkout" => {
                metrics.insert(
                    "cart_ready".to_owned(),
                    tenth(log_normal(random, 6.6, 0.4) * if phone { 1.5 } else { 1.0 }),
                );
            }
            "/product/{n}" => {
                metrics.insert("reviews_shown".to_owned(), tenth(log_normal(random, 7.3, 0.5)));
            }
            _ => {}
        }
        let (referrer, _) = *pick(random, &REFERRERS, |(_, share)| *share);
        let millis = at.timestamp_millis().unsigned_abs();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &chance::bytes(random)).into_uuid();
        PageView {
            project: self.project,
            at,
            page_group: self.page_groups.group(&path),
            device: visitor.device,
            browser: visitor.browser.to_owned(),
            os: visitor.os.to_owned(),
            country: visitor.country.to_owned(),
            bot: visitor.bot,
            bot_reason: match visitor.bot {
                Bot::Human => "",
                Bot::Suspect => "user agent of no browser",
                Bot::Bot => "user agent of a known bot",
            }
            .into(),
            body: Bytes::new(),
            beacon: Beacon {
                key: self.key.clone(),
                id: PageViewId(id),
                seq: 1,
                url_origin: self.origin.clone(),
                path,
                navigation_type,
                weight: Weight::ONE,
                device_hint: Some(visitor.device),
                connection: connection.to_owned(),
                device_memory: chromium.then_some(if phone { 4.0 } else { 8.0 }),
                viewport: Some(if phone { (390, 844) } else { (1_440, 900) }),
                release: release.to_owned(),
                referrer: referrer.to_owned(),
                vitals,
                attribution,
                metrics,
                tags: BTreeMap::from([
                    ("customer".to_owned(), if member { "member" } else { "guest" }.to_owned()),
                    ("variant".to_owned(), variant.to_owned()),
                ]),
                faults: Vec::new(),
            },
        }
    }
}

/// What a browser measures, and what it says of why.
fn measure(random: &mut StdRng, page: &Page, visitor: &Visitor, release: &str, lazy: bool) -> (Vitals, Attribution) {
    let phone = visitor.device == Device::Mobile;
    let slowness = if phone { 1.4 } else { 0.8 };
    let ttfb = log_normal(random, 5.6, 0.55) * visitor.far;
    let until_paint = log_normal(random, 6.2, 0.45) * slowness;
    let load = log_normal(random, 6.0, 0.5) * slowness * if phone { page.lcp_on_phones } else { 0.9 };
    let render = log_normal(random, 5.0, 0.5) * slowness * if phone { page.lcp_on_phones } else { 1.0 };
    let late = log_normal(random, 7.4, 0.35);
    // Only where the picture lies below the fold when scripts begin to look for it.
    let late = if lazy && phone && page.path == PRODUCT.path { late } else { 0.0 };
    let lcp = (ttfb + until_paint + late + load + render).min(590_000.0);
    let load_delay = until_paint * 0.6 + late;
    let mut vitals = Vitals::default()
        .with(Vital::Ttfb, tenth(ttfb))
        .with(Vital::Fcp, tenth(ttfb + until_paint))
        .with(Vital::Lcp, tenth(lcp));
    let is_picture = page.lcp_target.contains("img");
    let mut attribution = Attribution {
        lcp_target: Some(page.lcp_target.replace("{release}", build(release))),
        lcp_url: is_picture.then(|| "https://shop.example/img/beans.avif".to_owned()),
        lcp_ttfb: Some(tenth(ttfb)),
        lcp_load_delay: Some(tenth(load_delay)),
        lcp_load_time: Some(tenth(load)),
        lcp_render_delay: Some(tenth((lcp - ttfb - load_delay - load).max(0.0))),
        ..Attribution::default()
    };
    if random.random::<f64>() < 0.55 {
        let inp = log_normal(random, 4.1, 0.6) * page.inp * if phone { 1.2 } else { 0.7 };
        let is_checkout = page.path == CHECKOUT.path;
        let (delay, processing) = if is_checkout { (0.08, 0.8) } else { (0.2, 0.45) };
        vitals.set(Vital::Inp, Some((inp / 8.0).round() * 8.0));
        attribution.inp_target = Some(page.inp_target.to_owned());
        attribution.inp_type = Some("pointer".to_owned());
        attribution.inp_input_delay = Some(tenth(inp * delay));
        attribution.inp_processing = Some(tenth(inp * processing));
        attribution.inp_presentation = Some(tenth(inp * (1.0 - delay - processing)));
        // Only Chromium tells the script.
        if visitor.browser.starts_with("Chrome") {
            let (script, function) = if is_checkout {
                ("https://shop.example/js/checkout.js", "validateCard")
            } else {
                ("https://shop.example/js/app.js", "onClick")
            };
            attribution.inp_script = Some(script.to_owned());
            attribution.inp_function = Some(function.to_owned());
        }
    }
    // Only Chromium measures shifts.
    if visitor.browser.starts_with("Chrome") {
        let shifts = random.random::<f64>() < 0.45;
        let cls = if shifts { log_normal(random, -3.6, 0.9) * page.cls } else { 0.0 };
        let cls = (cls.min(5.0) * 10_000.0).round() / 10_000.0;
        vitals.set(Vital::Cls, Some(cls));
        attribution.cls_target = shifts.then(|| page.cls_target.to_owned());
        attribution.cls_value = shifts.then(|| (cls * 7_000.0).round() / 10_000.0);
    }
    (vitals, attribution)
}

/// What a build puts at the end of its class names.
fn build(release: &str) -> &'static str {
    match release {
        "v124" => "8f3a2c",
        "v123" => "77be1d",
        "v122" => "c09d41",
        _ => "19ab77",
    }
}

fn tenth(ms: f64) -> f64 {
    (ms * 10.0).round() / 10.0
}
