//! What each method has to show of its part of a round.

mod airdrop;
mod conviction;
mod fractal;
mod grain;
mod pieces;
mod praise;
mod sourcecred;
mod weighted;
mod work;

use super::Share;
use super::page::Section;
use crate::error::Problems;
use crate::methods::Method;

/// The sections of an allocation.
pub fn sections(share: &Share<'_>) -> Result<Vec<Section>, Problems> {
    match share.method {
        Method::PraiseV1 => praise::sections(share),
        Method::SourcecredV1 => sourcecred::sections(share),
        Method::FractalV1 => fractal::sections(share),
        Method::AirdropV1 => airdrop::sections(share),
        Method::ConvictionV1 => conviction::sections(share),
        Method::WorkV1 => work::sections(share),
        Method::GrainV1 => grain::sections(share),
        Method::WeightedV1 => weighted::sections(share),
    }
}
