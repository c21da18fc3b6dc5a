//! The table of layers in src/lib.rs against the imports in the source.
