//! The figures as pictures: bars of calls or items per second for each load, how latencies are distributed, and where a call's
//! time goes.

mod bars;
mod latency;
mod paper;
mod steps;

use std::{error::Error, path::Path};

use crate::{case::Kind, results::Results, subject::Transport};

/// Draws what there are figures for, into a folder.
pub(crate) fn draw(results: &Results, folder: &Path) -> Result<(), Box<dyn Error>> {
    for transport in Transport::ALL {
        let pictures = [
            ("calls", bars::draw(results, transport, Kind::Calls)),
            ("streams", bars::draw(results, transport, Kind::Stream)),
            ("latency", latency::draw(results, transport)),
        ];
        for (name, picture) in pictures {
            if let Some(picture) = picture {
                svg::save(folder.join(format!("{name}-{}.svg", transport.name())), &picture)?;
            }
        }
    }
    if let Some(picture) = steps::draw(results) {
        svg::save(folder.join("steps.svg"), &picture)?;
    }
    Ok(())
}
