//! A folder that goes with its owner.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// A new folder in the system's place for temporary files.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(purpose: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("perfally-{purpose}-{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir(&path)?;
        // PostgreSQL runs as another account when we are root, and must get in.
        fs::set_permissions(&path, Permissions::from_mode(0o711))?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is the system's to sweep: it lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
