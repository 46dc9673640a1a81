//! `sketch`: what counting, merging and keeping the histograms costs. No reference: it is our
//! own code in this process.

use std::{hint::black_box, time::Instant};

use chrono::Utc;
use domain::rum::{Measured, ViewSketch, Vital, VitalSketch, Weight};

use super::Run;
use crate::{
    Result,
    generator::{Expected, Generator, Mix, Site},
    history::Report,
};

/// Hours of 30 days.
const HOURS: usize = 720;

pub fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("sketch");
    let times = if run.quick { 11 } else { 51 };
    let views = measured(200_000);
    let lcps: Vec<f64> = views.iter().filter_map(|view| view.vitals.get(Vital::Lcp)).collect();

    let update: Vec<f64> = (0..times)
        .map(|_| {
            let mut sketch = VitalSketch::default();
            let began = Instant::now();
            for &lcp in &lcps {
                sketch.add(Vital::Lcp, black_box(lcp), Weight::ONE);
            }
            let took = began.elapsed();
            black_box(&sketch);
            took.as_secs_f64() * 1e9 / lcps.len() as f64
        })
        .collect();
    report.spread("update of one vital", &update, "ns", "≤ 15 ns");

    let whole: Vec<f64> = (0..times)
        .map(|_| {
            let mut sketch = ViewSketch::default();
            let began = Instant::now();
            views.iter().for_each(|view| sketch.add(black_box(view)));
            let took = began.elapsed();
            black_box(&sketch);
            took.as_secs_f64() * 1e9 / views.len() as f64
        })
        .collect();
    report.spread("update of all vitals of a page view", &whole, "ns", "");

    for an_hour in [10, 100] {
        let hours: Vec<ViewSketch> = views
            .chunks(an_hour)
            .cycle()
            .take(HOURS)
            .map(|chunk| {
                let mut sketch = ViewSketch::default();
                chunk.iter().for_each(|view| sketch.add(view));
                sketch
            })
            .collect();
        let encoded: Vec<Vec<u8>> = hours.iter().map(ViewSketch::encode).collect();
        let merge: Vec<f64> = (0..times)
            .map(|_| {
                let began = Instant::now();
                let mut all = ViewSketch::default();
                black_box(&hours).iter().for_each(|hour| all.merge(hour));
                let took = began.elapsed();
                black_box(&all);
                took.as_secs_f64() * 1e6
            })
            .collect();
        report.spread(&format!("merge of 720 hours of {an_hour} page views"), &merge, "µs", "≤ 150 µs");
        let mut from_bytes = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            let mut all = ViewSketch::default();
            for bytes in black_box(&encoded) {
                all.merge(&ViewSketch::decode(bytes)?);
            }
            from_bytes.push(began.elapsed().as_secs_f64() * 1e6);
            black_box(&all);
        }
        report.spread(&format!("the same from stored bytes, {an_hour} page views"), &from_bytes, "µs", "");
        let bytes: Vec<f64> = encoded.iter().map(|bytes| bytes.len() as f64).collect();
        report.spread(&format!("stored, an hour of {an_hour} page views, all vitals"), &bytes, "B", "≤ 200 B median");
    }
    report.end(&run.history, run.profile_of_this())
}

fn measured(n: usize) -> Vec<Measured> {
    let site = Site { origin: "https://shop.example".into(), key: "pa_00000000000000000000".into(), sampled: 0.0 };
    let mut generator = Generator::new(1, vec![site], Mix::CLEAN);
    let truths = generator.beacons(Utc::now()).filter_map(|beacon| match beacon.expected {
        Expected::Accepted(truth) => Some(Measured { vitals: truth.vitals, weight: truth.weight }),
        Expected::Refused { .. } => None,
    });
    truths.take(n).collect()
}
