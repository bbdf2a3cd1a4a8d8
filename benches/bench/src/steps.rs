//! Where the time of a call goes, step by step: a program of its own that has the marks.

use std::error::Error;

use serde::Deserialize;

use crate::{
    plan::Plan,
    process::Programs,
    results::Steps,
    subject::{MARKED, Transport},
};

/// What it prints.
#[derive(Deserialize)]
struct Medians {
    steps: Vec<f64>,
    whole: f64,
}

/// Times the steps over every transport.
pub(crate) fn measure(plan: &Plan, programs: &Programs, skipped: &mut Vec<String>) -> Vec<Steps> {
    let mut steps = Vec::new();
    for transport in &plan.transports {
        match time(programs, *transport) {
            Ok(one) => steps.push(one),
            Err(error) => skipped.push(format!("steps, {transport}: {error}")),
        }
    }
    steps
}

fn time(programs: &Programs, transport: Transport) -> Result<Steps, Box<dyn Error>> {
    let served = programs.serve(&MARKED, transport, &[])?;
    let Medians { steps, whole } = programs.begin_load(&MARKED, &served.url, &[], &[])?.end()?;
    served.end()?;
    Ok(Steps { transport, medians: steps, whole })
}
