//! Random secrets, and the files that keep them from everybody else.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rand::Rng as _;
use secrecy::SecretString;

/// So many random bytes of the system's generator, in hex.
pub fn random_hex(bytes: usize) -> SecretString {
    let mut random = vec![0_u8; bytes];
    rand::rng().fill_bytes(&mut random);
    SecretString::from(random.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Replaces a file in one step, readable by nobody else, and makes it outlast a power cut.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}
