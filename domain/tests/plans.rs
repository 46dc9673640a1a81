//! The table of plans as customers were promised it.

use domain::billing::{Api, Limit, Limits, Plan};

#[test]
fn the_plans_are_those_of_the_price_list() {
    let (most, unlimited) = (Limit::AtMost, Limit::Unlimited);
    let table = [
        (
            Plan::Free,
            Limits {
                price_cents_per_month: 0,
                projects: most(1),
                raw_days: 7,
                metrics_per_month: most(5_000),
                ai_explanations: false,
                weekly_reports: false,
                custom_metrics: false,
                members: most(1),
                api: Api::ReadOnly { requests_per_hour: 60 },
                agency_features: false,
            },
        ),
        (
            Plan::Pro,
            Limits {
                price_cents_per_month: 2_900,
                projects: unlimited,
                raw_days: 90,
                metrics_per_month: most(50_000),
                ai_explanations: true,
                weekly_reports: true,
                custom_metrics: true,
                members: most(1),
                api: Api::Full { requests_per_hour: 6_000, audits_per_month: most(100), overage_cents: 5 },
                agency_features: false,
            },
        ),
        (
            Plan::Agency,
            Limits {
                price_cents_per_month: 19_900,
                projects: unlimited,
                raw_days: 365,
                metrics_per_month: unlimited,
                ai_explanations: true,
                weekly_reports: true,
                custom_metrics: true,
                members: unlimited,
                api: Api::Full { requests_per_hour: 60_000, audits_per_month: unlimited, overage_cents: 0 },
                agency_features: true,
            },
        ),
    ];
    assert_eq!(table.map(|(plan, _)| plan), Plan::ALL);
    for (plan, limits) in table {
        assert_eq!(plan.limits(), limits, "{plan:?}");
        assert_eq!(Plan::parse(plan.as_str()), Some(plan));
    }
    assert_eq!(Plan::parse("Free"), None);
    assert_eq!((Plan::HARD_STOP_FACTOR, Plan::SKETCH_DAYS_AT_LEAST), (3, 28));
}

#[test]
fn a_limit_is_reached_by_the_last_that_fits() {
    assert!(Limit::AtMost(1).allows_one_more(0));
    assert!(!Limit::AtMost(1).allows_one_more(1));
    assert!(!Limit::AtMost(0).allows_one_more(0));
    assert!(Limit::Unlimited.allows_one_more(u64::MAX));
}
