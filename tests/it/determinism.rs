//! The same bytes for other zones, locales, threads and builds.
