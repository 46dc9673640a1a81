//! How often something may be tried. Counted in Postgres, so that all replicas count together,
//! by a keyed hash of who it is about, so that the table names nobody.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::store;
use crate::{Engine, Error, Result};

/// At most so many in a sliding window, of one kind, about one subject.
pub(super) struct Limit {
    kind: &'static str,
    most: i64,
    window: TimeDelta,
}

/// Guesses of an account's password, wherever they come from.
pub(super) const GUESSES_OF_ACCOUNT: Limit = limit("guess/account", 10, 15);
/// Guesses from one client, at whichever accounts: looser, since an office shares an address.
pub(super) const GUESSES_FROM_ADDRESS: Limit = limit("guess/address", 100, 15);
pub(super) const SIGN_UPS_FROM_ADDRESS: Limit = limit("sign-up/address", 30, 60);
/// Mails that anybody can have sent to one address, by whichever form.
pub(super) const MAILS_TO_ADDRESS: Limit = limit("mail/to", 5, 15);
/// The same from one client, to whichever addresses.
pub(super) const MAILS_FROM_ADDRESS: Limit = limit("mail/address", 30, 60);
/// The verification mail, sent again because somebody who knows the password tried to sign in.
pub(super) const VERIFICATION_AGAIN: Limit = limit("verify/again", 1, 5);

/// How long hits must be kept.
pub(super) const LONGEST_WINDOW: TimeDelta = TimeDelta::minutes(60);

const fn limit(kind: &'static str, most: i64, minutes: i64) -> Limit {
    Limit { kind, most, window: TimeDelta::minutes(minutes) }
}

/// A counted try, which can be taken back if it was none.
pub(super) struct Hit {
    subject: [u8; 32],
    at: DateTime<Utc>,
}

impl Limit {
    /// Counts a try about an account. `Throttled` past the limit, whatever `rate_limits` says;
    /// refused tries do not count, so that nobody is locked out for good.
    pub async fn hit(&self, engine: &Engine, subject: &str) -> Result<Hit> {
        let subject = keyed_hash(engine, self.kind, subject.as_bytes())?;
        let at = engine.now();
        let mut transaction = engine.db.begin().await?;
        store::lock_throttle(&mut transaction, &subject).await?;
        // What lies a window ahead is of a clock that was wrong, and locks nobody out until it was right.
        let (since, until) = (at - self.window, at + self.window);
        let earlier = store::throttle_hits(&mut transaction, &subject, since, until, self.most).await?;
        if i64::try_from(earlier.len()).unwrap_or(i64::MAX) >= self.most {
            // When the oldest of them leaves the window, one more fits.
            let free_at = earlier.last().copied().unwrap_or(at) + self.window;
            let wait = (free_at - at).num_milliseconds().max(1);
            let retry_after_seconds = u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX);
            return Err(Error::Throttled { retry_after_seconds });
        }
        store::insert_throttle_hit(&mut transaction, &subject, at).await?;
        transaction.commit().await?;
        Ok(Hit { subject, at })
    }

    /// Counts a try from a client, unless limits per address are off.
    pub async fn hit_from(&self, engine: &Engine, from: IpAddr) -> Result<Option<Hit>> {
        if !engine.config.rate_limits {
            return Ok(None);
        }
        self.hit(engine, &client(from)).await.map(Some)
    }
}

impl Hit {
    /// The try was no guess after all.
    pub async fn take_back(self, engine: &Engine) -> Result<()> {
        store::delete_throttle_hit(&mut *engine.db.acquire().await?, &self.subject, self.at).await
    }
}

/// One client: an IPv4 address, or the /64 that a provider gives to one customer.
fn client(from: IpAddr) -> String {
    match from.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn keyed_hash(engine: &Engine, kind: &str, subject: &[u8]) -> Result<[u8; 32]> {
    let secret = engine.config.secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(Error::internal)?;
    mac.update(kind.as_bytes());
    mac.update(b"\0");
    mac.update(subject);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        let of = |text: &str| client(text.parse().unwrap());
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
