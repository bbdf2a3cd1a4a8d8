//! Where a call's time goes: for each transport a bar of ten steps, each as long as it takes.

use svg::Document;

use super::paper::{Anchor, FAINT, bar, paper, word};
use crate::{results::Results, table::STEPS};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 96.0;
const LENGTH: f64 = 700.0;
const TOP: f64 = 48.0;
const BAR: f64 = 38.0;
/// A step's colour: what crosses between the processes is blue, the rest warm.
const COLOURS: [&str; 10] =
    ["#8250df", "#bf3989", "#54aeff", "#e09b5a", "#2da44e", "#d4a72c", "#bc4c00", "#0969da", "#a475f9", "#ff80c8"];

/// The picture, if the steps were timed.
pub(super) fn draw(results: &Results) -> Option<Document> {
    let longest = results.steps.iter().map(|steps| steps.medians.iter().sum::<f64>()).reduce(f64::max)?;
    let keys = TOP + results.steps.len() as f64 * (BAR + 14.0) + 14.0;
    let mut picture = paper(WIDTH, keys + 5.0 * 17.0 + 8.0, "Where the time of a call goes: add, 1 in flight");
    for (at, steps) in results.steps.iter().enumerate() {
        let y = TOP + at as f64 * (BAR + 14.0);
        let name = word(LEFT - 8.0, y + 17.0, steps.transport.to_string(), Anchor::End, 12.0);
        let whole = word(LEFT - 8.0, y + 32.0, format!("{:.1} µs", steps.whole), Anchor::End, 11.0);
        picture = picture.add(name).add(whole.set("fill", FAINT));
        let mut x = LEFT;
        for (micros, colour) in steps.medians.iter().zip(COLOURS) {
            let width = micros / longest * LENGTH;
            picture = picture.add(bar(x, y, width, BAR, colour));
            if width > 34.0 {
                let figure = word(x + width / 2.0, y + 23.0, format!("{micros:.2}"), Anchor::Middle, 11.0);
                picture = picture.add(figure.set("fill", "#ffffff"));
            }
            x += width;
        }
    }
    for (at, (name, colour)) in STEPS.iter().zip(COLOURS).enumerate() {
        let (x, y) = (LEFT + (at / 5) as f64 * 390.0, keys + (at % 5) as f64 * 17.0);
        let micros: Vec<String> =
            results.steps.iter().map(|steps| format!("{:.2}", steps.medians.get(at).unwrap_or(&0.0))).collect();
        let words = format!("{} {name}: {} µs", at + 1, micros.join(" and "));
        picture = picture.add(bar(x, y - 9.0, 10.0, 10.0, colour)).add(word(x + 16.0, y, words, Anchor::Start, 11.0));
    }
    Some(picture)
}
