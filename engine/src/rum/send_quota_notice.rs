//! Job: writes to an owner that 80 %, or all, of the month's page views are used.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    accounts::Email,
    billing::{Month, Plan, Quota, QuotaMark},
};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{
    Engine, Result,
    jobs::Job,
    mail::{Button, Letter, Words},
};

/// One letter. Enqueued in the transaction that makes it true.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendQuotaNotice {
    to: Email,
    mark: QuotaMark,
    plan: Plan,
    month: Month,
    at: DateTime<Utc>,
    /// Of the Message-ID, the same at each try.
    id: Uuid,
}

impl SendQuotaNotice {
    pub fn new(to: Email, mark: QuotaMark, plan: Plan, month: Month, at: DateTime<Utc>) -> Self {
        Self { to, mark, plan, month, at, id: Uuid::now_v7() }
    }

    /// `None` where the plan has no quota.
    fn words(&self, public_url: &Url) -> Option<Words> {
        let quota = Quota::of(self.plan)?;
        let (all, stop) = (grouped(quota.page_views()), grouped(quota.hard_stop()));
        let month = self.month.first_day().format("%B");
        let next = self.month.end().format("%-d %B");
        let plan = self.plan.title();
        let sample = Quota::SAMPLE_FACTOR;
        let (subject, first) = match self.mark {
            QuotaMark::EightyPercent => (
                format!("80 % of your page views of {month} are used"),
                format!(
                    "Your sites have sent {} of the {all} page views that the {plan} plan counts in {month}. From the {all}th on, one page view in {sample} is kept and counts for {sample}: figures and trends go on, less finely.",
                    grouped(quota.at(self.mark))
                ),
            ),
            QuotaMark::All => (
                format!("All page views of {month} are used; collection goes on as a sample"),
                format!(
                    "Your sites have sent the {all} page views that the {plan} plan counts in {month}. Until the month is over, one page view in {sample} is kept and counts for {sample}: figures and trends go on, less finely."
                ),
            ),
        };
        let button = public_url.join("pricing").ok().map(|link| Button { label: "Compare plans".to_owned(), link });
        Some(Words {
            subject,
            before: vec![
                first,
                format!("At {stop} page views, collection stops until {next}. On a larger plan, it goes on at once."),
            ],
            button,
            after: vec![format!("On {next}, a new month begins, and every page view is kept again.")],
        })
    }
}

impl Job for SendQuotaNotice {
    const KIND: &'static str = "send_quota_notice";
    /// About a day.
    const MAX_ATTEMPTS: i32 = 32;
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
    const WAITS_FOR_OTHERS: bool = true;

    async fn run(self, engine: &Engine) -> Result<()> {
        let public_url = &engine.config.public_url;
        if engine.now() > self.at + TimeDelta::days(2) {
            tracing::warn!(letter = %self.id, "a notice came too late to be sent");
            return Ok(());
        }
        let Some(words) = self.words(public_url) else { return Ok(()) };
        let letter = Letter::new(self.id, self.at, self.to, &words, public_url)?;
        engine.mail.send(&letter).await
    }
}

/// "15,000".
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
