//! The pages for people who write programs: what the API answers.

pub mod developers_page;
mod document;
mod operation;

pub use document::ApiDocument;
