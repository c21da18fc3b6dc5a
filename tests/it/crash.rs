//! Crashes, kills and races: the repository stays valid, the round open or closed.
