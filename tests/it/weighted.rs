//! weighted-v1: laws of caps and floors.
