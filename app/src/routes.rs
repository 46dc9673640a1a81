//! Every address of the site, in one table.
