//! Every kind of key, and git's opinion of what was signed.
