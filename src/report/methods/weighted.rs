//! The pages of weighted.

use super::super::Share;
use super::super::page::Section;
use crate::error::Problems;

/// The sections of an allocation of this method.
pub fn sections(_share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    Ok(Vec::new())
}
