//! Small multiples: one small drawing of a band for each of several settings, all with the same axes.

use kuva::render::render::{Scene, TextAnchor};

use super::axis::Scale;
use super::sheet::{LINE, Sheet, foot_of_text, line, path, room_at_end, room_beside, text};
use super::steps::{Ground, NamedBand, every, numbers, pieces};
use super::svg::{Marks, Picture};
use super::words::{label, real, widest};
use super::{Axes, Band};

/// Most panels.
pub const PANELS_MOST: usize = 12;
/// Panels side by side.
const BESIDE: usize = 2;
/// From one panel to the next, from left to right.
const GAP: f64 = 18.0;
/// The height of the marks of a panel.
const HEIGHT: f64 = 100.0;
/// From the foot of a panel to the name of the one below it.
const FOOT: f64 = 10.0;

/// Draws a panel for each of the first twelve bands. None where there is no value.
pub fn draw(at: &[f64], panels: &[NamedBand], axes: &Axes) -> Option<Picture> {
    let shown = panels.get(..PANELS_MOST).unwrap_or(panels);
    let all: Vec<f64> = numbers(shown).collect();
    if all.is_empty() {
        return None;
    }
    let (across, up) = (Scale::exact(at.iter().copied(), false), Scale::of(all.into_iter(), false));
    let rows = shown.len().div_ceil(BESIDE);
    let sheet = Sheet {
        above: &axes.y,
        below: &axes.x,
        left: room_beside(&up),
        right: room_at_end(&across),
        foot: 22.0,
        height: real(rows) * (LINE + HEIGHT) + real(rows - 1) * FOOT,
        ..Sheet::default()
    };
    let [left, top, width, _] = sheet.frame();
    let own = (width - GAP * real(BESIDE - 1)) / real(BESIDE);
    let mut scene = sheet.empty();
    let mut marks = Marks::default();
    for (index, (name, band)) in shown.iter().enumerate() {
        let (row, column) = (index / BESIDE, index % BESIDE);
        let x = left + real(column) * (own + GAP);
        let y = top + real(row) * (LINE + HEIGHT + FOOT) + LINE;
        let ground = Ground { frame: [x, y, own, HEIGHT], across: &across, up: &up };
        // The last panel of each column has the numbers of the horizontal axis below it.
        let edge = Edge { has_numbers_beside: column == 0, has_numbers_below: index + BESIDE >= shown.len() };
        frame(&mut scene, &ground, &edge);
        scene.add(text((x, y - 6.0), label(name, own), TextAnchor::Start, ""));
        panel(&mut scene, &mut marks, &ground, (at, name, band));
    }
    sheet.dress(&mut scene);
    let note = match panels.len() - shown.len() {
        0 => String::new(),
        _ => format!("The first {} of {} are drawn.", shown.len(), panels.len()),
    };
    Some(Picture { scene, marks, legend: Vec::new(), note })
}

/// Which axes of a panel have numbers.
struct Edge {
    has_numbers_beside: bool,
    has_numbers_below: bool,
}

/// The grid, the axes and their numbers.
fn frame(scene: &mut Scene, ground: &Ground<'_>, edge: &Edge) {
    let [left, top, width, height] = ground.frame;
    let (across, up) = (ground.across, ground.up);
    let share = |place: f64, scale: &Scale| (place - scale.low) / (scale.high - scale.low);
    for place in up.ticks() {
        let y = top + (1.0 - share(place, up)) * height;
        scene.add(line((left, y), (left + width, y), "class:line grid"));
        if edge.has_numbers_beside {
            scene.add(text((left - 6.0, y + foot_of_text()), up.label(place), TextAnchor::End, ""));
        }
    }
    scene.add(line((left, top), (left, top + height), "class:line axis"));
    scene.add(line((left, top + height), (left + width, top + height), "class:line axis"));
    if !edge.has_numbers_below {
        return;
    }
    let ticks = across.ticks();
    let labels: Vec<String> = ticks.iter().map(|place| across.label(*place)).collect();
    let every = every(ticks.len(), width, widest(labels.iter().map(String::as_str)) + 8.0);
    for (place, label) in ticks.into_iter().zip(labels).step_by(every) {
        let x = left + share(place, across) * width;
        scene.add(text((x, top + height + 17.0), label, TextAnchor::Middle, ""));
    }
}

/// The band of a panel.
fn panel(
    scene: &mut Scene,
    marks: &mut Marks,
    ground: &Ground<'_>,
    (at, name, band): (&[f64], &str, &[Option<Band>]),
) {
    let last = band.iter().rev().flatten().next();
    let told = last.map_or_else(|| "no value".to_owned(), |last| format!("{} at the end", last.told()));
    for piece in pieces(at, band) {
        if let Some(area) = ground.area(&piece) {
            let tag = marks.add("flow k2 s0", format!("{name}: {told}"));
            scene.add(path(area, &tag));
        }
        let middle = piece.iter().map(|(x, band)| (*x, band.middle.number));
        let line = ground.line(middle);
        let tag = marks.add("line s0", format!("{name}: {told}"));
        // A stretch of one place is a dot.
        let line = if piece.len() == 1 { format!("{line} h 0.5") } else { line };
        scene.add(path(line, &tag));
    }
}
