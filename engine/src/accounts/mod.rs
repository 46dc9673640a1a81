//! People: sign-up, sign-in, sessions, mails with links.
/// Hashes passwords.
#[derive(Clone, Default)]
pub struct Hasher;
