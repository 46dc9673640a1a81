//! Who listens to what: the one place where a fact of one room causes work in another.
//!
//! Rooms announce facts here inside the transaction that makes them true; nothing listens yet
//! to any fact of the rooms that exist.
