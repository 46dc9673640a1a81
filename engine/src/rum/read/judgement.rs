//! What a sketch may claim.

use domain::rum::{Device, DeviceVerdict, Interval, Percentile, State, Verdict, ViewSketch, Vital, VitalSketch};

/// A percentile with how sure it is.
pub struct Judgement {
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    pub state: State,
}

pub fn judge(vital: Vital, sketch: &VitalSketch, percentile: Percentile) -> Judgement {
    let quantile = percentile.quantile();
    let value = sketch.quantile(quantile);
    let interval = sketch.interval(quantile);
    let state = State::of(vital, sketch.count(), value.unwrap_or_default(), interval);
    Judgement { value, interval, state }
}

/// Google's verdict, at the percentile that it judges by.
pub fn verdict(device: Device, sketch: &ViewSketch) -> DeviceVerdict {
    let core = Vital::CORE.map(|vital| {
        let Judgement { value, state, .. } = judge(vital, sketch.vital(vital), Percentile::P75);
        (vital, value, state)
    });
    DeviceVerdict {
        device,
        page_views: sketch.page_views(),
        verdict: Verdict::of(&core),
        settled: core.iter().all(|(_, _, state)| matches!(state, State::Stable | State::NoData)),
    }
}
