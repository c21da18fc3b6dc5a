//! From a scene to SVG. kuva lays marks out; its own writer is not used: its ids differ from call to
//! call, it reads `$` as mathematics, and it writes floats with 17 digits.
//!
//! A mark has classes, never a colour: `templates/chart.css` gives them their colours, light and dark.
//! Colours of the scene are tags: `class:grid` names classes, `mark:17` a mark of the [`Picture`].

use std::collections::BTreeMap;

use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

use super::super::text::escape;
use super::words::{HOVER_CHARACTERS, coordinate, shortened, tenths};
use super::{Chart, Key, Table};
use crate::error::{Error, Place};

/// The styles of charts, for the files; pages have them in their own style sheet.
const STYLES: &str = include_str!("../../../templates/chart.css");
/// Most characters of a description.
const DESCRIPTION_CHARACTERS: usize = 2_000;
/// Most bytes of a chart's file.
const BYTES_MOST: usize = 200_000;
/// Most bytes with hover texts; a file that would be larger goes without.
const HOVERS_UP_TO: usize = 150_000;
/// Most marks of a chart.
const MARKS_MOST: usize = 5_000;

/// A drawing: a scene, and what its tags stand for.
#[derive(Debug)]
pub struct Picture {
    /// What kuva laid out, and what was added to it.
    pub scene: Scene,
    /// The marks that the scene's tags name.
    pub marks: Marks,
    /// The series and their classes.
    pub legend: Vec<Key>,
    /// What the reader must know of what is not drawn, as sentences.
    pub note: String,
}

/// The marks of a drawing, by number.
#[derive(Debug, Default)]
pub struct Marks(Vec<(String, Option<String>)>);

impl Marks {
    /// A mark with a hover text; what it gives is its colour in the scene.
    pub fn add(&mut self, classes: &str, hover: impl Into<Option<String>>) -> String {
        self.0.push((classes.to_owned(), hover.into()));
        format!("mark:{}", self.0.len() - 1)
    }

    /// Classes and hover text behind a tag.
    fn behind<'a>(&'a self, tag: &'a str) -> (&'a str, Option<&'a str>) {
        if let Some(classes) = tag.strip_prefix("class:") {
            return (classes, None);
        }
        let number = tag.strip_prefix("mark:").and_then(|number| number.parse::<usize>().ok());
        let mark = number.and_then(|number| self.0.get(number));
        mark.map_or(("", None), |(classes, hover)| (classes, hover.as_deref()))
    }
}

/// What is said of a chart besides its drawing.
#[derive(Debug)]
pub struct Words {
    /// The name: it stands in the file's name and before all ids.
    pub name: String,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
}

/// The chart: both forms of the SVG, and what is said of it.
pub fn chart(words: Words, picture: Picture, table: Table) -> Result<Chart, Error> {
    let Words { name, title, mut description } = words;
    if !picture.note.is_empty() {
        description = [description.trim(), picture.note.trim()].join(" ");
    }
    let (mut body, mut marks) = drawn(&picture, true);
    let styles = format!("<style>\n{STYLES}</style>\n");
    if body.len() + styles.len() > HOVERS_UP_TO {
        // Many names of many letters each: the table has them.
        (body, marks) = drawn(&picture, false);
    }
    let (across, down) = (coordinate(tenths(picture.scene.width)), coordinate(tenths(picture.scene.height)));
    let written = |styles: &str| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"{across}\" height=\"{down}\" \
             viewBox=\"0 0 {across} {down}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\">\n\
             <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>\n{styles}\
             <path class=\"paper\" d=\"M0 0h{across}v{down}h-{across}z\"/>\n{body}</svg>\n",
            escaped(&title, HOVER_CHARACTERS),
            escaped(&description, DESCRIPTION_CHARACTERS),
        )
    };
    let svg = written(&styles);
    if svg.len() > BYTES_MOST || marks > MARKS_MOST {
        let place = Place::file(&format!("report/charts/{name}.svg"));
        let (bytes_limit, marks_limit) = (BYTES_MOST, MARKS_MOST);
        return Err(Error::ChartTooLarge { place, bytes_limit, marks_limit });
    }
    Ok(Chart {
        file: format!("charts/{name}.svg"),
        inline: written(""),
        legend: picture.legend,
        table: Some(table),
        svg,
        name,
        title,
        description,
    })
}

/// The marks of a picture, one a line, with hover texts or without; and how many there are.
fn drawn(picture: &Picture, hovers: bool) -> (String, usize) {
    let mut ink = Ink {
        marks: &picture.marks,
        hovers,
        out: String::new(),
        count: 0,
        waiting: BTreeMap::new(),
        group: None,
    };
    picture.scene.elements.iter().for_each(|element| ink.element(element));
    ink.settle();
    (ink.out, ink.count)
}

/// Text fit to stand in XML, between tags and in attributes; of `most` characters at the most.
fn escaped(text: &str, most: usize) -> String {
    escape(&shortened(text, most))
}

/// The marks as they are written: one a line.
struct Ink<'a> {
    marks: &'a Marks,
    out: String,
    count: usize,
    /// Paths without hover text, by their classes: they become one mark.
    waiting: BTreeMap<String, String>,
    /// The tag of the group that is open, which goes before the colours in it.
    group: Option<&'a str>,
    /// Whether marks get their hover texts.
    hovers: bool,
}

impl<'a> Ink<'a> {
    fn element(&mut self, element: &'a Primitive) {
        match element {
            Primitive::Rect { x, y, width, height, fill, .. } => {
                self.rectangle([*x, *y, *width, *height], fill);
            }
            Primitive::RectBatch { x, y, w, h, fills } => {
                let sides = x.iter().zip(y).zip(w.iter().zip(h));
                for (((x, y), (w, h)), fill) in sides.zip(fills) {
                    self.rectangle([*x, *y, *w, *h], fill);
                }
            }
            Primitive::Line { x1, y1, x2, y2, stroke, .. } => self.line(&[(*x1, *y1), (*x2, *y2)], stroke),
            Primitive::PolyLine { points, stroke, .. } => self.line(points, stroke),
            Primitive::Path(path) => self.path(path),
            Primitive::Circle { cx, cy, r, fill, .. } => self.circle(*cx, *cy, *r, fill),
            Primitive::CircleBatch { cx, cy, r, fill, .. } => {
                cx.iter().zip(cy).for_each(|(x, y)| self.circle(*x, *y, *r, fill));
            }
            Primitive::Text { x, y, content, anchor, rotate, bold: _, color, .. } => {
                self.text((*x, *y), content, *anchor, *rotate, color.as_ref());
            }
            Primitive::RichText { .. } | Primitive::ClipStart { .. } | Primitive::ClipEnd => {}
            Primitive::GroupStart { title, extra_attrs, .. } => {
                self.group = title.as_deref();
                if let Some(classes) = extra_attrs {
                    self.settle();
                    self.out.push_str(&format!("<g class=\"{}\">\n", escaped(classes, HOVER_CHARACTERS)));
                }
            }
            Primitive::GroupEnd => {
                if self.group.take().is_none() {
                    self.settle();
                    self.out.push_str("</g>\n");
                }
            }
        }
    }

    fn rectangle(&mut self, sides: [f64; 4], fill: &'a Color) {
        let [x, y, width, height] = sides;
        let (left, top, right, bottom) = (tenths(x), tenths(y), tenths(x + width), tenths(y + height));
        // What is there and less than a hair shows as a hair.
        let across = if width > 0.0 { (right - left).max(5) } else { 0 };
        let down = if height > 0.0 { (bottom - top).max(5) } else { 0 };
        if across == 0 || down == 0 {
            return;
        }
        let [left, top, across, down] = [left, top, across, down].map(coordinate);
        self.mark(fill, &format!("M{left} {top}h{across}v{down}h-{across}z"));
    }

    fn line(&mut self, points: &[(f64, f64)], stroke: &'a Color) {
        let mut data = String::new();
        let mut last = None;
        for (x, y) in points {
            let point = (tenths(*x), tenths(*y));
            let letter = if last.is_none() { 'M' } else { 'L' };
            if last != Some(point) {
                data.push_str(&format!("{letter}{} {}", coordinate(point.0), coordinate(point.1)));
            }
            last = Some(point);
        }
        if !data.contains('L') {
            return;
        }
        let (classes, _) = self.behind(stroke);
        if !classes.is_empty() && !classes.starts_with("line") && classes != "none" {
            // kuva draws the whiskers of a box in the colour of the box.
            let series = classes.split(' ').next().unwrap_or_default();
            self.waiting.entry(format!("line {series}")).or_default().push_str(&data);
            return;
        }
        self.mark(stroke, &data);
    }

    /// A path with absolute commands, its coordinates rounded.
    fn path(&mut self, path: &'a PathData) {
        let mut data = String::new();
        let mut after_number = false;
        for word in path.d.split_ascii_whitespace() {
            if let Ok(number) = word.parse::<f64>() {
                let number = coordinate(tenths(number));
                if after_number && !number.starts_with('-') {
                    data.push(' ');
                }
                data.push_str(&number);
                after_number = true;
            } else {
                data.push_str(word);
                after_number = false;
            }
        }
        self.mark(path.fill.as_ref().unwrap_or(&path.stroke), &data);
    }

    fn circle(&mut self, x: f64, y: f64, radius: f64, fill: &'a Color) {
        let (x, y) = (coordinate(tenths(x)), coordinate(tenths(y)));
        let (classes, hover) = self.behind(fill);
        if hover.is_none() {
            // A line of no length with a round end is a dot, and dots can be one mark.
            let classes = format!("dot {classes}");
            self.waiting.entry(classes).or_default().push_str(&format!("M{x} {y}h0"));
            return;
        }
        let shape = format!("circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"", coordinate(tenths(radius)));
        self.write("circle", &shape, classes, hover);
    }

    fn text(
        &mut self,
        (x, y): (f64, f64),
        content: &str,
        anchor: TextAnchor,
        rotate: Option<f64>,
        color: Option<&'a Color>,
    ) {
        if content.is_empty() {
            return;
        }
        self.settle();
        let side = match anchor {
            TextAnchor::Start => "",
            TextAnchor::Middle => "middle",
            TextAnchor::End => "end",
        };
        let extra = color.map_or("", |color| self.behind(color).0);
        let classes = format!("{side} {extra}");
        let classes = classes.trim();
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{classes}\"") };
        let (x, y) = (coordinate(tenths(x)), coordinate(tenths(y)));
        let turned = rotate.map_or_else(String::new, |angle| {
            format!(" transform=\"rotate({} {x} {y})\"", coordinate(tenths(angle)))
        });
        self.out.push_str(&format!(
            "<text{class} x=\"{x}\" y=\"{y}\"{turned}>{}</text>\n",
            escaped(content, HOVER_CHARACTERS)
        ));
        self.count += 1;
    }

    /// Classes and hover text of a colour; the open group's go first.
    fn behind(&self, color: &'a Color) -> (&'a str, Option<&'a str>) {
        let (classes, hover) = match (self.group, color) {
            (Some(tag), _) => self.marks.behind(tag),
            (None, Color::Css(tag)) => self.marks.behind(tag),
            _ => ("", None),
        };
        (classes, hover.filter(|_| self.hovers))
    }

    /// A path: written at once where it has a hover text, else with its like.
    fn mark(&mut self, color: &'a Color, data: &str) {
        match self.behind(color) {
            ("none", _) => {}
            (classes, None) => self.waiting.entry(classes.to_owned()).or_default().push_str(data),
            (classes, hover) => self.write("path", &format!("path d=\"{data}\""), classes, hover),
        }
    }

    fn write(&mut self, element: &str, shape: &str, classes: &str, hover: Option<&str>) {
        self.settle();
        let hover = hover.map(|hover| escaped(hover, HOVER_CHARACTERS)).unwrap_or_default();
        self.out.push_str(&format!("<{shape} class=\"{classes}\"><title>{hover}</title></{element}>\n"));
        self.count += 1;
    }

    /// Writes the paths that wait.
    fn settle(&mut self) {
        for (classes, data) in std::mem::take(&mut self.waiting) {
            self.out.push_str(&format!("<path class=\"{classes}\" d=\"{data}\"/>\n"));
            self.count += 1;
        }
    }
}
