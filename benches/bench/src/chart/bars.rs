//! Calls or items per second: a panel for each load, a bar for each subject. Each panel has a scale of its own, from 0.

use svg::{Document, node::element::Group as Panel};

use super::paper::{Anchor, FAINT, bar, colour, line, paper, word};
use crate::{
    case::{CASES, Case, Kind},
    results::{Results, Spread},
    subject::{Group, SUBJECTS, Subject, Transport},
    table::{calls_per_second, thousands},
};

const COLUMNS: usize = 3;
const PANEL: f64 = 320.0;
const NAMES: f64 = 78.0;
const FIGURES: f64 = 74.0;
const ROW: f64 = 15.0;
const HEAD: f64 = 30.0;
const TOP: f64 = 62.0;

/// The picture, if any load of the kind was measured over this transport.
pub(super) fn draw(results: &Results, transport: Transport, kind: Kind) -> Option<Document> {
    let cases = CASES.iter().filter(|case| case.kind == kind);
    let panels: Vec<(&Case, Vec<(&Subject, Spread)>)> =
        cases.map(|case| (case, bars(results, transport, case))).filter(|(_, bars)| !bars.is_empty()).collect();
    let most = panels.iter().map(|(_, bars)| bars.len()).max()?;
    let height = HEAD + most as f64 * ROW + 14.0;
    let rows = panels.len().div_ceil(COLUMNS);
    let columns = panels.len().min(COLUMNS);
    let width = columns as f64 * PANEL + 16.0;
    let what = if kind == Kind::Stream { "Items" } else { "Calls" };
    let mut picture = paper(width, TOP + rows as f64 * height, &format!("{what} per second over {transport}"));
    let legend = [("floors", Group::Floor), ("this framework", Group::Ours), ("peers", Group::Peer)];
    for (at, (name, group)) in (0..).zip(legend) {
        let x = 16.0 + f64::from(at) * 110.0;
        picture =
            picture.add(bar(x, 39.0, 10.0, 10.0, colour(group))).add(word(x + 15.0, 48.0, name, Anchor::Start, 11.0));
    }
    for (at, (case, bars)) in panels.iter().enumerate() {
        let (x, y) = ((at % COLUMNS) as f64 * PANEL + 8.0, TOP + (at / COLUMNS) as f64 * height);
        picture = picture.add(panel(case, bars).set("transform", format!("translate({x} {y})")));
    }
    Some(picture)
}

fn bars(results: &Results, transport: Transport, case: &Case) -> Vec<(&'static Subject, Spread)> {
    let bar = |subject: &'static Subject| {
        let rounds = results.rounds_of(subject.name, transport, case.name)?;
        Some((subject, Spread::of(rounds.iter().map(calls_per_second))?))
    };
    SUBJECTS.iter().filter_map(bar).collect()
}

fn panel(case: &Case, bars: &[(&Subject, Spread)]) -> Panel {
    let most = bars.iter().map(|(_, spread)| spread.highest).fold(0.0, f64::max);
    let length = |figure: f64| figure / most * (PANEL - NAMES - FIGURES - 20.0);
    let bottom = HEAD + bars.len() as f64 * ROW;
    let mut panel = Panel::new().add(word(NAMES, 18.0, case.title, Anchor::Start, 12.0).set("font-weight", 600));
    for (at, (subject, spread)) in bars.iter().enumerate() {
        let y = HEAD + at as f64 * ROW;
        let (low, high) = (NAMES + length(spread.lowest), NAMES + length(spread.highest));
        panel = panel
            .add(word(NAMES - 6.0, y + 9.0, subject.name, Anchor::End, 10.0))
            .add(bar(NAMES, y, length(spread.median), ROW - 4.0, colour(subject.group)))
            .add(line((low, y + 5.5), (high, y + 5.5)).set("stroke", "#57606a"))
            .add(word(high + 5.0, y + 9.0, thousands(spread.median), Anchor::Start, 10.0).set("fill", FAINT));
    }
    panel.add(line((NAMES, HEAD - 3.0), (NAMES, bottom)))
}
