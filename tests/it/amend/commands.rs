//! `meed amend` through the program.
