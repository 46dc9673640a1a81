//! What programs are promised.

mod keys;
mod limits;
mod questions;
