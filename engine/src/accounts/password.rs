//! Passwords: which are taken, and how they are hashed.
//!
//! argon2id with 46 MiB, one pass, one lane, as OWASP's table has it. A hash keeps a core busy
//! for tens of milliseconds, so that at most two run at a time, on threads that may block, and
//! a bounded number waits.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::Invalid;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Hashes and verifies passwords. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    shared: Arc<Shared>,
}

struct Shared {
    params: Params,
    at_work: Arc<Semaphore>,
    waiting: AtomicU32,
    /// A hash that no password has: verified against where there is no account, so that the
    /// answer takes as long.
    of_nobody: OnceLock<String>,
}

const AT_WORK: usize = 2;
const QUEUE: u32 = 64;

const MEMORY_KIB: u32 = 47_104;
const PASSES: u32 = 1;
const LANES: u32 = 1;

const MIN_CHARS: usize = 8;
const MAX_CHARS: usize = 1_024;
/// How much of a password is weighed: what begins with so many guessable characters is refused,
/// and weighing more takes long enough to be an attack.
const WEIGHED_CHARS: usize = 40;

impl Default for Hasher {
    fn default() -> Self {
        Self::of(Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default())
    }
}

impl Hasher {
    /// Hashes as fast as argon2 can, for tests about other things.
    #[cfg(any(test, feature = "testing"))]
    pub fn weak() -> Self {
        Self::of(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or_default())
    }

    fn of(params: Params) -> Self {
        Self {
            shared: Arc::new(Shared {
                params,
                at_work: Arc::new(Semaphore::new(AT_WORK)),
                waiting: AtomicU32::new(0),
                of_nobody: OnceLock::new(),
            }),
        }
    }

    /// Refuses a password that is too short, too long, or among the first that attackers try;
    /// `about` is what they know of the person: address and name. `field` is the form's.
    /// `Throttled` while too many wait.
    pub async fn check(&self, field: &'static str, password: &str, about: &[&str]) -> Result<()> {
        check_length(field, password)?;
        let password = password.to_owned();
        let about: Vec<String> = about.iter().map(|&text| text.to_owned()).collect();
        // Some passwords take as long to weigh as to hash.
        Ok(self.on_a_thread(move |_| check_commonness(field, &password, &about)).await??)
    }

    /// The PHC string of a password that [`Self::check`] let pass. `Throttled` while too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.on_a_thread(move |shared| shared.hash(&password)).await?
    }

    /// Whether `password` is what `hash` was made of; never, but after as long, where there is
    /// no hash. `Throttled` while too many wait.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        // Longer than any password can be: no need to read it all.
        let password = if password.chars().nth(MAX_CHARS).is_some() { String::new() } else { password.to_owned() };
        let hash = hash.map(str::to_owned);
        self.on_a_thread(move |shared| {
            let of_nobody = shared.of_nobody()?;
            let parsed = PasswordHash::new(hash.as_deref().unwrap_or(of_nobody)).map_err(Error::internal)?;
            let is_right = shared.argon2().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(is_right && hash.is_some())
        })
        .await?
    }

    async fn on_a_thread<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> T + Send + 'static) -> Result<T> {
        let _waiting = Waiting::begin(&self.shared)?;
        let permit = self.shared.at_work.clone().acquire_owned().await.map_err(Error::internal)?;
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || {
            let done = work(&shared);
            // Held to the end of the work, even if the request that asked for it is gone.
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)
    }
}

impl Shared {
    fn argon2(&self) -> Argon2<'_> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    fn hash(&self, password: &str) -> Result<String> {
        let hash: PasswordHash = self.argon2().hash_password(password.as_bytes()).map_err(Error::internal)?;
        Ok(hash.to_string())
    }

    fn of_nobody(&self) -> Result<&str> {
        if let Some(hash) = self.of_nobody.get() {
            return Ok(hash);
        }
        let hash = self.hash("")?;
        Ok(self.of_nobody.get_or_init(|| hash))
    }
}

/// A place in the queue, given back when dropped.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn begin(shared: &'a Shared) -> Result<Self> {
        let place = Self(&shared.waiting);
        // The count includes those at work.
        if shared.waiting.fetch_add(1, Ordering::AcqRel) >= QUEUE + AT_WORK as u32 {
            return Err(Error::Throttled { retry_after_seconds: 2 });
        }
        Ok(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn check_length(field: &'static str, password: &str) -> Result<(), Invalid> {
    let chars = password.chars().take(MAX_CHARS + 1).count();
    if chars < MIN_CHARS {
        return Err(Invalid::new(field, "Use at least 8 characters for the password."));
    }
    if chars > MAX_CHARS {
        return Err(Invalid::new(field, "Use at most 1,024 characters for the password."));
    }
    Ok(())
}

fn check_commonness(field: &'static str, password: &str, about: &[String]) -> Result<(), Invalid> {
    // The parts of an address are guessed alone, too.
    let mut known = vec!["perfally"];
    for text in about {
        known.push(text);
        known.extend(text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 2));
    }
    let weighed = password.char_indices().nth(WEIGHED_CHARS).map_or(password, |(end, _)| &password[..end]);
    // A score of one: found within a million guesses.
    if zxcvbn::zxcvbn(weighed, &known).score() <= zxcvbn::Score::One {
        return Err(Invalid::new(
            field,
            "This password is among the first that attackers try. Use a longer one, or some words that do not belong together.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_of_the_named_cost_and_verifies_its_password_alone() {
        let hasher = Hasher::default();
        let hash = hasher.hash("sesame opens ninety doors").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("sesame opens ninety doors", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("sesame opens ninety doors ", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("Sesame opens ninety doors", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_kept_unchanged_to_its_last_character() {
        let hasher = Hasher::weak();
        for password in ["  spaces around  ", "пароль-из-букв", "\u{65}\u{301}clair sans sucre", &"x".repeat(1_024)]
        {
            let hash = hasher.hash(password).await.unwrap();
            assert!(hasher.verify(password, Some(&hash)).await.unwrap(), "{password:?}");
            let mut shorter = password.to_owned();
            shorter.pop();
            assert!(!hasher.verify(&shorter, Some(&hash)).await.unwrap(), "{shorter:?}");
        }
        // The composed form is another password.
        let hash = hasher.hash("\u{65}\u{301}clair sans sucre").await.unwrap();
        assert!(!hasher.verify("\u{e9}clair sans sucre", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password_not_even_the_empty_one() {
        let hasher = Hasher::weak();
        for password in ["", "password", &"x".repeat(5_000)] {
            assert!(!hasher.verify(password, None).await.unwrap());
        }
    }

    async fn seconds(work: impl AsyncFn()) -> f64 {
        let begun = std::time::Instant::now();
        work().await;
        begun.elapsed().as_secs_f64()
    }

    /// The shortest time of each of two works, done in turn: what other processes take away does
    /// not count.
    async fn shortest(one: impl AsyncFn(), other: impl AsyncFn()) -> (f64, f64) {
        let mut shortest = (f64::INFINITY, f64::INFINITY);
        for _ in 0..9 {
            shortest.0 = shortest.0.min(seconds(&one).await);
            shortest.1 = shortest.1.min(seconds(&other).await);
        }
        shortest
    }

    #[tokio::test]
    async fn an_unknown_account_takes_as_long_as_a_wrong_password() {
        let hasher = Hasher::default();
        let hash = hasher.hash("sesame opens ninety doors").await.unwrap();
        let (known, unknown) = shortest(
            async || assert!(!hasher.verify("wrong", Some(&hash)).await.unwrap()),
            async || assert!(!hasher.verify("wrong", None).await.unwrap()),
        )
        .await;
        assert!((0.5..2.0).contains(&(unknown / known)), "{known} s and {unknown} s");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Hasher::weak();
        let both = hasher.shared.at_work.clone().acquire_many_owned(AT_WORK as u32).await.unwrap();
        let waiting: Vec<_> = (0..QUEUE + AT_WORK as u32)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash("sesame opens ninety doors").await })
            })
            .collect();
        while hasher.shared.waiting.load(Ordering::Acquire) < QUEUE + AT_WORK as u32 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.hash("one more").await, Err(Error::Throttled { .. })));
        drop(both);
        for one in waiting {
            one.await.unwrap().unwrap();
        }
        hasher.hash("one more").await.unwrap();
    }

    async fn check(password: &str) -> Result<()> {
        Hasher::weak().check("password", password, &["ada@example.com", "Ada Lovelace"]).await
    }

    #[tokio::test]
    async fn common_passwords_are_refused_and_long_plain_ones_taken() {
        for common in [
            "password",
            "Password1!",
            "12345678",
            "qwertyuiop",
            "iloveyou123",
            "aaaaaaaaaaaa",
            "hunter2hunter2",
            "perfally1",
            "ada@example.com",
            "lovelace1815",
        ] {
            assert!(check(common).await.is_err(), "{common}");
        }
        for fine in ["correct horse battery staple", "perfally-demo-1", "vX9!kq2#Lm", "eine lange Zeile voller Wörter"]
        {
            assert!(check(fine).await.is_ok(), "{fine}");
        }
    }

    #[tokio::test]
    async fn a_long_password_of_one_word_is_refused() {
        for common in [&"a".repeat(1_024), &"password".repeat(128)] {
            assert!(check(common).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_long_password_takes_no_longer_to_weigh_than_its_beginning() {
        check("the dictionaries are read once").await.unwrap();
        let long = "qazwsxedcrfvtgbyhnujmikolp1234567890".repeat(28);
        let (beginning, whole) =
            shortest(async || drop(check(&long[..WEIGHED_CHARS]).await), async || drop(check(&long).await)).await;
        assert!(whole < 3.0 * beginning, "{beginning} s and {whole} s");
    }

    #[tokio::test]
    async fn length_counts_characters_from_8_to_1024() {
        assert!(check("gZ8#qLw").await.is_err());
        assert!(check("жыэъюящх").await.is_ok());
        let long: String = (0..1_024).map(|n: u32| char::from(b'!' + (n * 7 % 90) as u8)).collect();
        assert!(check(&long).await.is_ok());
        assert!(check(&format!("{long}x")).await.is_err());
    }
}
