//! Letters, by SMTP or into files.
use std::path::PathBuf;
use url::Url;
use crate::{Result, config::Variables};
#[derive(Debug, Clone)]
pub struct MailConfig { pub folder: PathBuf }
impl MailConfig { pub fn read(_v: &mut Variables<'_>, folder: PathBuf, _public_url: &Url) -> Self { Self { folder } } }
#[derive(Clone)]
pub struct Post;
impl Post { pub fn new(_c: &MailConfig) -> Result<Self> { Ok(Self) } }
