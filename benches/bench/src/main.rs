//! Builds floors, the framework and its peers, measures them side by side, and shows the figures: a table, a file of
//! JSON, and charts. `README.md` in the folder above says how to run it and how to read it.

mod case;
mod chart;
mod heap;
mod idle;
mod machine;
mod plan;
mod process;
mod programs;
mod results;
mod steps;
mod subject;
mod table;
mod targets;
mod timed;
mod traced;

use std::{error::Error, fs, process::ExitCode};

use machine::{Awake, Machine, Processors};
use plan::{Part, Plan};
use process::Programs;
use programs::{Build, build};
use results::Results;
use traced::Tracer;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let plan = Plan::of_process()?;
    fs::create_dir_all(&plan.out)?;
    let results = match &plan.from {
        Some(file) => Results::read(file)?,
        None => {
            let results = measure(&plan)?;
            results.write(&plan.out.join("results.json"))?;
            results
        }
    };
    table::print(&results);
    targets::print(&results);
    chart::draw(&results, &plan.out)?;
    println!("\nresults.json and charts: {}", plan.out.display());
    Ok(())
}

fn measure(plan: &Plan) -> Result<Results, Box<dyn Error>> {
    let processors = Processors::find()?;
    machine::allow_files()?;
    let programs =
        |how| Ok::<_, Box<dyn Error>>(Programs { folder: build(&plan.subjects, how)?, processors, query: "" });
    let mut skipped = Vec::new();
    let mut results = Results {
        machine: Machine::here(),
        rounds: plan.rounds,
        seconds: plan.seconds,
        timed: Vec::new(),
        idle: Vec::new(),
        heap: Vec::new(),
        kernel: Vec::new(),
        instructions: Vec::new(),
        steps: Vec::new(),
        skipped: Vec::new(),
    };
    // First all that is built: a compiler on the same processors would be measured too.
    let plain = programs(Build::Plain)?;
    let counted = if plan.has(Part::Heap) { Some(programs(Build::Counted)?) } else { None };
    let marked = if plan.has(Part::Steps) { Some(programs(Build::Steps)?) } else { None };
    let awake = Awake::keep(processors);
    if plan.has(Part::Timed) {
        results.timed = timed::measure(plan, &plain, &mut skipped);
    }
    if let Some(marked) = marked {
        results.steps = steps::measure(plan, &marked, &mut skipped);
    }
    if plan.has(Part::Idle) {
        results.idle = idle::measure(plan, &plain, &mut skipped);
    }
    drop(awake);
    if let Some(counted) = counted {
        results.heap = heap::measure(plan, &counted, &mut skipped);
    }
    if plan.has(Part::Kernel) {
        results.kernel = traced::measure(plan, &plain, Tracer::Strace, &mut skipped);
    }
    if plan.has(Part::Instructions) {
        results.instructions = traced::measure(plan, &plain, Tracer::Callgrind, &mut skipped);
    }
    results.skipped = skipped;
    Ok(results)
}
