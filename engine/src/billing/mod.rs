//! The plan of a team.
