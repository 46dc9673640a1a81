//! A trend the size of a word, drawn as SVG where the page is made: no script, no waiting.

use leptos::prelude::*;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;
/// Room for the line's own width.
const EDGE: f64 = 2.0;

/// The strokes of a row of values: one `M…L…` for each run without a gap. A value alone
/// between gaps becomes a short stroke, so that it is seen. Values that are all equal lie in the middle.
pub fn path(values: &[Option<f64>]) -> String {
    let known = || values.iter().flatten().copied();
    let low = known().fold(f64::INFINITY, f64::min);
    let high = known().fold(f64::NEG_INFINITY, f64::max);
    let spread = high - low;
    let step = if values.len() > 1 { (WIDTH - 2.0 * EDGE) / (values.len() - 1) as f64 } else { 0.0 };
    let mut path = String::new();
    let mut alone = None;
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            finish_alone(&mut path, &mut alone);
            continue;
        };
        let x = EDGE + step * at as f64;
        let y = if spread > 0.0 { EDGE + (high - value) / spread * (HEIGHT - 2.0 * EDGE) } else { HEIGHT / 2.0 };
        let begins = at == 0 || values[at - 1].is_none();
        path.push_str(&format!("{}{x:.1} {y:.1}", if begins { 'M' } else { 'L' }));
        alone = begins.then_some(x);
    }
    finish_alone(&mut path, &mut alone);
    path
}

fn finish_alone(path: &mut String, alone: &mut Option<f64>) {
    if let Some(x) = alone.take() {
        path.push_str(&format!("H{:.1}", (x + 1.0).min(WIDTH)));
    }
}

/// Draws it. The figures stand in the trend's table, so that readers aloud are spared.
#[component]
pub fn Sparkline(values: Vec<Option<f64>>) -> impl IntoView {
    view! {
        <svg
            class="h-7 w-full text-primary"
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <path
                d=path(&values)
                fill="none"
                stroke="currentColor"
                stroke-width="1.5"
                stroke-linecap="round"
                stroke-linejoin="round"
                vector-effect="non-scaling-stroke"
            />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_is_at_the_top() {
        assert_eq!(path(&[Some(1.0), Some(3.0), Some(2.0)]), "M2.0 26.0L60.0 2.0L118.0 14.0");
    }

    #[test]
    fn a_gap_stays_a_gap_and_a_value_alone_is_seen() {
        assert_eq!(path(&[Some(1.0), None, Some(2.0), Some(1.0)]), "M2.0 26.0H3.0M79.3 2.0L118.0 26.0");
    }

    #[test]
    fn equal_values_lie_in_the_middle() {
        assert_eq!(path(&[Some(5.0), Some(5.0)]), "M2.0 14.0L118.0 14.0");
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!((path(&[]), path(&[None, None])), (String::new(), String::new()));
    }
}
