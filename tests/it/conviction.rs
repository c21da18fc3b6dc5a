//! conviction-v1: the conformance cases, and rounds that continue one another.
