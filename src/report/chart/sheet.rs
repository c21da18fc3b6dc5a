//! The sheet that a chart is drawn on: its margins, its axes, the names of series above, the titles.

use kuva::TickFormat;
use kuva::render::color::Color;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot as Drawn;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor, render_multiple};
use kuva::render::theme::Theme;

use super::axis::Scale;
use super::words::{TEXT_HEIGHT, label, real, widest, width};
use super::{Axes, Key};

/// How wide all charts are, in units of the drawing: on a phone a unit is about 0.8 pixels.
pub const WIDTH: f64 = 480.0;
/// The height of a line of text.
pub const LINE: f64 = 20.0;
/// From the middle of a text to its foot.
const HALF_TEXT: f64 = 5.0;

/// Where things stand, in units of the drawing.
#[derive(Debug, Clone, Default)]
pub struct Sheet<'a> {
    /// The series that are named above the marks.
    pub keys: &'a [Key],
    /// The title above the vertical axis, or empty.
    pub above: &'a str,
    /// The title below the horizontal axis, or empty.
    pub below: &'a str,
    /// Room left of the marks.
    pub left: f64,
    /// Room right of the marks.
    pub right: f64,
    /// Room for labels below the marks.
    pub foot: f64,
    /// The height of the marks.
    pub height: f64,
}

impl<'a> Sheet<'a> {
    /// The sheet of marks of `height` with numbers on both axes.
    pub fn of_numbers(axes: &'a Axes, across: &Scale, up: &Scale, height: f64) -> Self {
        Self {
            above: &axes.y,
            below: &axes.x,
            left: room_beside(up),
            right: room_at_end(across),
            foot: 22.0,
            height,
            ..Self::default()
        }
    }

    /// Where the marks begin.
    pub fn top(&self) -> f64 {
        let above = if self.above.is_empty() { 0.0 } else { LINE };
        let keys = if self.keys.is_empty() { 0.0 } else { real(self.rows()) * LINE + 6.0 };
        8.0 + keys + above
    }

    /// The height of the whole drawing.
    fn whole(&self) -> f64 {
        let below = if self.below.is_empty() { 0.0 } else { LINE };
        self.top() + self.height + self.foot + below + 8.0
    }

    /// How wide the marks are.
    pub fn across(&self) -> f64 {
        WIDTH - self.left - self.right
    }

    /// Left, top, width and height of the marks.
    pub fn frame(&self) -> [f64; 4] {
        [self.left, self.top(), self.across(), self.height]
    }

    /// A drawing of this size with nothing in it.
    pub fn empty(&self) -> Scene {
        Scene::new(WIDTH, self.whole())
    }

    /// Marks with numbers on both axes, and around them the names of the series and the titles of the axes.
    pub fn draw_on(&self, plots: Vec<Drawn>, across: &Scale, up: &Scale) -> Scene {
        let layout = self.layout((across.low, across.high), (up.low, up.high));
        self.draw(plots, numbers_below(numbers_beside(layout, up), across))
    }

    /// The layout of marks that stand from `x.0` to `x.1` and from `y.0` to `y.1`.
    pub fn layout(&self, x: (f64, f64), y: (f64, f64)) -> Layout {
        let mut layout = Layout::new(x, y)
            .with_width(WIDTH)
            .with_height(self.whole())
            .with_force_margins(self.left, self.right)
            .with_force_margins_y(self.top(), self.whole() - self.top() - self.height)
            .with_x_axis_min(x.0)
            .with_x_axis_max(x.1)
            .with_y_axis_min(y.0)
            .with_y_axis_max(y.1)
            .with_tick_length(4.0)
            .with_theme(theme());
        (layout.tick_size, layout.body_size) = (14, 14);
        layout
    }

    /// The marks, and around them the names of the series and the titles of the axes.
    pub fn draw(&self, plots: Vec<Drawn>, layout: Layout) -> Scene {
        let mut scene = render_multiple(plots, layout);
        self.dress(&mut scene);
        scene
    }

    /// Adds the names of the series and the titles of the axes.
    pub fn dress(&self, scene: &mut Scene) {
        for (key, (x, row)) in self.keys.iter().zip(self.places()) {
            let middle = 8.0 + real(row) * LINE + LINE / 2.0 - 2.0;
            scene.add(Primitive::GroupStart {
                transform: None,
                title: None,
                extra_attrs: Some(format!("key {}", key.class)),
            });
            scene.add(if key.is_line {
                line((x, middle), (x + 16.0, middle), &format!("class:line {}", key.class))
            } else {
                rectangle([x + 2.0, middle - 6.0, 12.0, 12.0], &format!("class:{}", key.class))
            });
            scene.add(text(
                (x + 20.0, middle + HALF_TEXT),
                label(&key.name, KEY_ROOM),
                TextAnchor::Start,
                "",
            ));
            scene.add(Primitive::GroupEnd);
        }
        if !self.above.is_empty() {
            let y = self.top() - LINE + HALF_TEXT + 3.0;
            scene.add(text((6.0, y), label_of_axis(self.above), TextAnchor::Start, "axis-title"));
        }
        if !self.below.is_empty() {
            let x = (self.left + self.across() / 2.0).max(width(&label_of_axis(self.below)) / 2.0 + 4.0);
            let y = self.top() + self.height + self.foot + HALF_TEXT + 9.0;
            scene.add(text((x, y), label_of_axis(self.below), TextAnchor::Middle, "axis-title"));
        }
    }

    /// Where each series is named: from left to right, in rows.
    fn places(&self) -> Vec<(f64, usize)> {
        let (mut x, mut row) = (6.0, 0);
        let mut places = Vec::new();
        for key in self.keys {
            let needed = 20.0 + width(&label(&key.name, KEY_ROOM)) + 14.0;
            if x > 6.0 && x + needed > WIDTH {
                (x, row) = (6.0, row + 1);
            }
            places.push((x, row));
            x += needed;
        }
        places
    }

    /// How many rows the names of the series take.
    fn rows(&self) -> usize {
        self.places().last().map_or(0, |(_, row)| row + 1)
    }
}

/// Room for the name of a series.
const KEY_ROOM: f64 = 200.0;

/// The title of an axis, which may be longer than a name.
fn label_of_axis(title: &str) -> String {
    let cleaned = super::words::clean(title);
    if width(&cleaned) <= WIDTH - 20.0 {
        return cleaned;
    }
    label(title, WIDTH)
}

/// Colours that are tags for classes. Marks of ticks are left out.
fn theme() -> Theme {
    Theme {
        background: "class:none".into(),
        axis_color: "class:line axis".into(),
        grid_color: "class:line grid".into(),
        tick_color: "class:none".into(),
        text_color: "class:none".into(),
        box_median: "class:line median".into(),
        ..Theme::light()
    }
}

/// A layout with numbers on the horizontal axis.
pub fn numbers_below(layout: Layout, scale: &Scale) -> Layout {
    let scale = *scale;
    let format = TickFormat::Custom(std::sync::Arc::new(move |place| scale.label(place)));
    layout.with_x_tick_step(scale.every).with_x_tick_format(format)
}

/// A layout with numbers on the vertical axis.
pub fn numbers_beside(layout: Layout, scale: &Scale) -> Layout {
    let scale = *scale;
    let format = TickFormat::Custom(std::sync::Arc::new(move |place| scale.label(place)));
    layout.with_y_tick_step(scale.every).with_y_tick_format(format)
}

/// Room right of a horizontal axis for the half of its last label.
pub fn room_at_end(scale: &Scale) -> f64 {
    let last = scale.ticks().last().map_or(0.0, |place| width(&scale.label(*place)));
    (last / 2.0 + 6.0).max(14.0)
}

/// Room for the labels of a vertical axis.
pub fn room_beside(scale: &Scale) -> f64 {
    let labels: Vec<String> = scale.ticks().into_iter().map(|place| scale.label(place)).collect();
    widest(labels.iter().map(String::as_str)) + 14.0
}

/// A text of the drawing, with classes of its own.
pub fn text((x, y): (f64, f64), content: String, anchor: TextAnchor, classes: &str) -> Primitive {
    let color = (!classes.is_empty()).then(|| Color::from(format!("class:{classes}")));
    Primitive::Text { x, y, content, size: 14, anchor, rotate: None, bold: false, color }
}

/// A straight line; the tag names its classes or its mark.
pub fn line(from: (f64, f64), to: (f64, f64), tag: &str) -> Primitive {
    Primitive::Line {
        x1: from.0,
        y1: from.1,
        x2: to.0,
        y2: to.1,
        stroke: Color::from(tag),
        stroke_width: 1.0,
        stroke_dasharray: None,
    }
}

/// A rectangle: left, top, width, height.
pub fn rectangle(sides: [f64; 4], tag: &str) -> Primitive {
    let [x, y, width, height] = sides;
    Primitive::Rect {
        x,
        y,
        width,
        height,
        fill: Color::from(tag),
        stroke: None,
        stroke_width: None,
        opacity: None,
    }
}

/// A path as it is.
pub fn path(data: String, tag: &str) -> Primitive {
    Primitive::Path(Box::new(PathData {
        d: data,
        fill: Some(Color::from(tag)),
        stroke: Color::None,
        stroke_width: 0.0,
        opacity: None,
        stroke_dasharray: None,
    }))
}

/// From the middle of a row to the foot of its text.
pub fn foot_of_text() -> f64 {
    TEXT_HEIGHT * 0.36
}
