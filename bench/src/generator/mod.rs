//! Realistic visits, the same for the same seed, with what the server must make of each.
//!
//! Sites and pages by Zipf's law, LCP log-normal (μ 7.4, σ 0.55), TTFB (5.9, 0.8), INP on 55 %,
//! CLS mostly 0, 62 % phones, 2 % bots, 0.5 % of every kind of malformed beacon and of odd value,
//! 30 % sent again, unchanged or with more known.

mod malformed;
mod odd;
mod random;
mod visitor;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use domain::rum::{Bot, Device, DropReason, Vital, Vitals, Weight};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

pub use self::{malformed::Malformed, odd::Odd};
use self::{
    random::{Zipf, chance, log_normal, tenth, weighted},
    visitor::Visitor,
    wire::{Attribution, Cls, Inp, Lcp, Wire},
};

/// A project to send to.
#[derive(Debug, Clone)]
pub struct Site {
    /// Of its pages, such as `https://shop-0.example`.
    pub origin: String,
    pub key: String,
    /// Share of its page views that stand for ten; 0 where all are reported.
    pub sampled: f64,
}

/// Shares, each 0–1.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    pub bots: f64,
    /// Of all visits, for each of [`Malformed::ALL`].
    pub malformed: f64,
    /// For each of [`Odd::ALL`], and of ids that do not tell when their page view began.
    pub odd: f64,
    /// Page views that are reported again.
    pub again: f64,
}

impl Mix {
    pub const REALISTIC: Self = Self { bots: 0.02, malformed: 0.005, odd: 0.005, again: 0.3 };
    /// One beacon a page view, all acceptable.
    pub const CLEAN: Self = Self { bots: 0.02, malformed: 0.0, odd: 0.0, again: 0.0 };
}

/// One request.
#[derive(Debug, Clone)]
pub struct Beacon {
    pub body: Vec<u8>,
    /// The header `Origin`.
    pub origin: String,
    /// The header `User-Agent`.
    pub user_agent: Option<&'static str>,
    pub expected: Expected,
}

/// What the server must make of a request.
#[derive(Debug, Clone)]
pub enum Expected {
    Accepted(Truth),
    /// With the site that the refusal is counted for, where it can be told.
    Refused {
        reason: DropReason,
        site: Option<usize>,
    },
}

/// What is stored of a page view once this beacon is the newest.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    pub site: usize,
    pub id: Uuid,
    pub seq: i32,
    pub path: String,
    pub device: Device,
    pub bot: Bot,
    pub weight: Weight,
    pub vitals: Vitals,
    /// The value that must have been counted as refused, and how often.
    pub fault: Option<(&'static str, u64)>,
}

/// Draws visits. Every draw depends on the seed and the draws before it only.
pub struct Generator {
    random: StdRng,
    sites: Vec<Site>,
    popularity: Zipf,
    pages: Zipf,
    mix: Mix,
}

/// Kinds of pages, with how many of each a site has.
const PAGES: [(&str, usize); 5] =
    [("/", 1), ("/about", 1), ("/product/{n}", 2_000), ("/blog/{n}", 200), ("/search", 1)];

const RESTORED: &str = "back-forward-cache";

/// Distinct pages of a site.
const PAGE_COUNT: usize = 500;

impl Generator {
    /// # Panics
    /// Without sites.
    pub fn new(seed: u64, sites: Vec<Site>, mix: Mix) -> Self {
        assert!(!sites.is_empty(), "visits need a site");
        Self {
            random: StdRng::seed_from_u64(seed),
            popularity: Zipf::new(sites.len(), 1.0),
            pages: Zipf::new(PAGE_COUNT, 1.0),
            sites,
            mix,
        }
    }

    /// The beacons of one visit that began at `at`, in the order in which they are sent.
    pub fn visit(&mut self, at: DateTime<Utc>) -> Vec<Beacon> {
        let site = self.popularity.pick(&mut self.random);
        let visitor = Visitor::random(&mut self.random, self.mix.bots);
        let (wire, vitals) = self.page_view(site, visitor, at);
        if let Some(malformed) = self.one_of(&Malformed::ALL, self.mix.malformed) {
            return vec![self.malformed(malformed, site, visitor, &wire)];
        }
        if let Some(odd) = self.one_of(&Odd::ALL, self.mix.odd) {
            let (body, vitals) = odd.spoil(&wire, vitals);
            let once = self.accepted(site, visitor, &wire, body, vitals, Some(odd.fault()));
            // A repeat of it counts no value a second time.
            let twice = chance(&mut self.random, self.mix.again);
            return std::iter::repeat_n(once, 1 + usize::from(twice)).collect();
        }
        if chance(&mut self.random, self.mix.again) {
            self.reported_again(site, visitor, wire, vitals)
        } else {
            vec![self.whole(site, visitor, &wire, vitals)]
        }
    }

    /// As [`Self::visit`], one beacon after the other, all of visits that began at `at`.
    pub fn beacons(&mut self, at: DateTime<Utc>) -> impl Iterator<Item = Beacon> + '_ {
        std::iter::repeat_with(move || self.visit(at)).flatten()
    }

    fn one_of<T: Copy>(&mut self, kinds: &[T], share: f64) -> Option<T> {
        let at = (self.random.random::<f64>() / share.max(f64::MIN_POSITIVE)) as usize;
        kinds.get(at).copied()
    }

    fn malformed(&self, malformed: Malformed, site: usize, visitor: &Visitor, wire: &Wire) -> Beacon {
        let spoilt = malformed.spoil(wire);
        Beacon {
            body: spoilt.body,
            origin: spoilt.origin.map_or_else(|| self.sites[site].origin.clone(), str::to_owned),
            user_agent: visitor.user_agent,
            expected: Expected::Refused {
                reason: malformed.reason(),
                site: malformed.names_its_project().then_some(site),
            },
        }
    }

    fn whole(&self, site: usize, visitor: &Visitor, wire: &Wire, vitals: Vitals) -> Beacon {
        self.accepted(site, visitor, wire, wire.text().into_bytes(), vitals, None)
    }

    fn accepted(
        &self,
        site: usize,
        visitor: &Visitor,
        wire: &Wire,
        body: Vec<u8>,
        vitals: Vitals,
        fault: Option<(&'static str, u64)>,
    ) -> Beacon {
        let origin = &self.sites[site].origin;
        Beacon {
            body,
            origin: origin.clone(),
            user_agent: visitor.user_agent,
            expected: Expected::Accepted(Truth {
                site,
                id: wire.id,
                seq: wire.seq,
                path: wire.url[origin.len()..].to_owned(),
                device: visitor.device,
                bot: visitor.bot,
                weight: Weight::new(wire.w).unwrap_or(Weight::ONE),
                vitals,
                fault,
            }),
        }
    }

    /// First without INP and with the LCP so far, then with all; or all, twice.
    fn reported_again(&mut self, site: usize, visitor: &Visitor, mut wire: Wire, vitals: Vitals) -> Vec<Beacon> {
        let all = wire.clone();
        let mut sent = Vec::with_capacity(3);
        if chance(&mut self.random, 0.5) {
            let lcp = tenth(vitals.get(Vital::Lcp).unwrap_or_default() * self.random.random_range(0.5..1.0));
            let mut early = vitals;
            early.set(Vital::Lcp, Some(lcp));
            early.set(Vital::Inp, None);
            wire.vitals.remove("inp");
            wire.vitals.insert("lcp".to_owned(), lcp.into());
            wire.attr.inp = None;
            sent.push(self.whole(site, visitor, &wire, early));
            wire = Wire { seq: wire.seq + self.random.random_range(1..4), ..all };
            sent.push(self.whole(site, visitor, &wire, vitals));
        } else {
            sent.push(self.whole(site, visitor, &wire, vitals));
        }
        if sent.len() == 1 || chance(&mut self.random, 0.3) {
            sent.extend(sent.last().cloned());
        }
        sent
    }

    fn page_view(&mut self, site: usize, visitor: &Visitor, at: DateTime<Utc>) -> (Wire, Vitals) {
        let path = self.path();
        let id = self.id(at);
        let site = &self.sites[site];
        let random = &mut self.random;
        let (nav, _) = *weighted(
            random,
            &[("navigate", 0.86), ("back-forward", 0.05), (RESTORED, 0.05), ("reload", 0.03), ("prerender", 0.01)],
            |(_, share)| *share,
        );
        let lcp = tenth(log_normal(random, 7.4, 0.55).min(590_000.0));
        // A page that is restored asks no server; scripts report 0.
        let ttfb = if nav == RESTORED { 0.0 } else { tenth(log_normal(random, 5.9, 0.8).min(lcp * 0.9)) };
        let fcp = tenth(random.random_range(ttfb..=lcp));
        let mut vitals = Vitals::default().with(Vital::Lcp, lcp).with(Vital::Fcp, fcp).with(Vital::Ttfb, ttfb);
        let mut attr = Attribution {
            lcp: Some(Lcp {
                target: "main>article:nth-of-type(2)>img.hero",
                url: format!("{}/images/hero.avif", site.origin),
                ttfb,
                load_delay: tenth((lcp - ttfb) * 0.3),
                load_time: tenth((lcp - ttfb) * 0.5),
                render_delay: tenth((lcp - ttfb) * 0.2),
            }),
            ..Attribution::default()
        };
        if chance(random, 0.55) {
            let inp = ((log_normal(random, 4.6, 0.7) / 8.0).round() * 8.0).min(590_000.0);
            vitals.set(Vital::Inp, Some(inp));
            attr.inp = Some(Inp {
                target: "form.cart>button.buy",
                kind: "pointer",
                input_delay: tenth(inp * 0.1),
                processing: tenth(inp * 0.6),
                presentation: tenth(inp * 0.3),
                script: format!("{}/assets/app.js", site.origin),
                function: "onBuy",
            });
        }
        if visitor.chromium {
            let cls =
                if chance(random, 0.7) { 0.0 } else { (log_normal(random, -3.2, 1.1).min(5.0) * 1e4).round() / 1e4 };
            vitals.set(Vital::Cls, Some(cls));
            if cls > 0.0 {
                attr.cls = Some(Cls { target: "div.banner", value: cls });
            }
        }
        if chance(random, 0.01) {
            vitals.set(Vital::Fid, Some(f64::from(random.random_range(1u32..300))));
        }
        let conn = visitor.chromium.then(|| {
            weighted(random, &[("4g", 0.91), ("3g", 0.07), ("2g", 0.01), ("slow-2g", 0.01)], |(_, share)| *share).0
        });
        let referrer = weighted(
            random,
            &[(None, 0.5), (Some("https://www.google.com"), 0.35), (Some("https://news.example"), 0.15)],
            |(_, share)| *share,
        )
        .0;
        let w = if chance(random, site.sampled) { 10.0 } else { 1.0 };
        let wire = Wire {
            v: 1,
            key: site.key.clone(),
            id,
            seq: 1,
            url: format!("{}{path}", site.origin),
            nav,
            w,
            dev: visitor.device.as_str(),
            conn,
            mem: visitor.chromium.then_some(8),
            vw: visitor.window.0,
            vh: visitor.window.1,
            rel: Some("2026.11.3"),
            referrer,
            vitals: wire_vitals(&vitals),
            attr,
            metrics: serde_json::Map::new(),
            tags: serde_json::Map::new(),
        };
        if nav == RESTORED {
            // That 0 is no measurement, and is left out.
            vitals.set(Vital::Ttfb, None);
        }
        (wire, vitals)
    }

    /// The most frequent are the front page and the best sellers.
    fn path(&mut self) -> String {
        let rank = self.pages.pick(&mut self.random);
        let (kind, items) = PAGES[rank % PAGES.len()];
        kind.replace("{n}", &(rank % items + 1).to_string())
    }

    /// Of version 7, as our script makes them; a few are not, or lie about their time.
    fn id(&mut self, at: DateTime<Utc>) -> Uuid {
        let mut rest = [0u8; 10];
        self.random.fill(&mut rest);
        let began = match self.one_of(&[0, 1, 2, 3], self.mix.odd) {
            None => at,
            Some(0) => return uuid::Builder::from_random_bytes(self.random.random()).into_uuid(),
            Some(1) => at + TimeDelta::days(400),
            Some(2) => at - TimeDelta::days(4_000),
            // The year 10000.
            Some(_) => return uuid::Builder::from_unix_timestamp_millis(253_402_300_800_000, &rest).into_uuid(),
        };
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(began.timestamp_millis()).unwrap_or_default(), &rest)
            .into_uuid()
    }
}

fn wire_vitals(vitals: &Vitals) -> serde_json::Map<String, serde_json::Value> {
    vitals.reported().map(|(vital, value)| (vital.as_str().to_owned(), value.into())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn generator(seed: u64, mix: Mix) -> Generator {
        let sites = (0..3)
            .map(|nr| Site {
                origin: format!("https://shop-{nr}.example"),
                key: format!("pa_0000000000000000000{nr}"),
                sampled: 0.0,
            })
            .collect();
        Generator::new(seed, sites, mix)
    }

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_same_seed_draws_the_same_visits() {
        let bodies = |seed| {
            generator(seed, Mix::REALISTIC).beacons(noon()).take(500).map(|beacon| beacon.body).collect::<Vec<_>>()
        };
        assert_eq!(bodies(7), bodies(7));
        assert_ne!(bodies(7), bodies(8));
    }

    #[test]
    fn every_kind_of_malformed_and_odd_beacon_comes_in_its_share() {
        let mut generator = generator(1, Mix::REALISTIC);
        let (mut refused, mut faults, mut again) = (HashMap::new(), HashMap::new(), 0);
        for _ in 0..40_000 {
            let beacons = generator.visit(noon());
            again += u32::from(beacons.len() > 1);
            match &beacons[0].expected {
                Expected::Refused { reason, .. } => *refused.entry(*reason).or_insert(0u32) += 1,
                Expected::Accepted(truth) => {
                    if let Some((fault, _)) = truth.fault {
                        *faults.entry(fault).or_insert(0u32) += 1;
                    }
                }
            }
        }
        // 200 of each kind; eight are unreadable.
        assert!((160..240).contains(&refused[&DropReason::TooLarge]), "{refused:?}");
        assert!((1_450..1_750).contains(&refused[&DropReason::Unreadable]), "{refused:?}");
        assert_eq!(refused.len(), 7);
        assert!((160..240).contains(&faults["cls:too_large"]), "{faults:?}");
        assert_eq!(faults.len(), 11);
        let again = f64::from(again) / 40_000.0;
        assert!((0.25..0.29).contains(&again), "of the nine tenths that are page views, 30 % come again: {again}");
    }

    #[test]
    fn a_clean_visit_is_one_beacon_that_says_what_its_truth_says() {
        let mut generator = generator(2, Mix::CLEAN);
        for _ in 0..1_000 {
            let beacons = generator.visit(noon());
            let [Beacon { body, expected: Expected::Accepted(truth), .. }] = &beacons[..] else {
                panic!("{beacons:?}")
            };
            let wire: serde_json::Value = serde_json::from_slice(body).unwrap();
            assert_eq!(wire["id"], truth.id.to_string());
            assert_eq!(truth.vitals.get(Vital::Ttfb).is_none(), wire["nav"] == RESTORED);
            for (vital, value) in truth.vitals.reported() {
                assert_eq!(wire["vitals"][vital.as_str()].as_f64(), Some(value));
            }
        }
    }
}
