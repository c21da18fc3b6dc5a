//! Hostile inputs: a clear error or correct escaping, and nothing written.
