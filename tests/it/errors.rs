//! The gallery of errors: every variant, executed, with its full text.
