//! Sites and their keys.
