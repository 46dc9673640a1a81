//! Work to do later, once.
