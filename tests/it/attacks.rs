//! Falsifications, and the one check that sees each.
