//! Flows from names on the left to names on the right.

use kuva::plot::sankey::{SankeyLink, SankeyLinkColor, SankeyNode, SankeyPlot};
use kuva::render::render::{Primitive, render_sankey};

use super::sheet::{Sheet, WIDTH};
use super::svg::{Marks, Picture};
use super::words::{label, real, sum, widest};
use super::{Axes, Value};

/// Most givers; the rest is one.
const FROM_MOST: usize = 20;
/// Most receivers; the rest is one.
const TO_MOST: usize = 30;
/// From one name to the next at the least.
const NAME_HEIGHT: f64 = 17.0;
/// The width of the bar beside a name.
const BAR: f64 = 10.0;
/// The room that kuva keeps right of the last column, in units of the drawing.
const KEPT_BY_KUVA: f64 = 85.0;
/// Flows that are less high have no hover text of their own.
const HAIR: f64 = 0.6;

/// A flow: who gives, who receives, how much.
pub type Link = (usize, usize, Value);

/// Draws the flows. None where nothing flows.
pub fn draw(from: &[String], to: &[String], links: &[Link], axes: &Axes) -> Option<Picture> {
    let mut note = Vec::new();
    let (from, givers) = folded(from, FROM_MOST, "who give", &mut note);
    let (to, receivers) = folded(to, TO_MOST, "who receive", &mut note);
    let links = joined(links, &givers, &receivers);
    let total: f64 = links.iter().map(|(_, _, value)| value.number).sum();
    if links.is_empty() || total <= 0.0 {
        return None;
    }
    let beside = |names: &[String]| -> (Vec<String>, f64) {
        let names: Vec<String> = names.iter().map(|name| label(name, 140.0)).collect();
        let room = widest(names.iter().map(String::as_str)) + 12.0;
        (names, room)
    };
    let ((left_names, left), (right_names, right)) = (beside(&from), beside(&to));
    let most = from.len().max(to.len());
    let height = real(most) * NAME_HEIGHT + 60.0 * real(most.min(3));
    let sheet = Sheet { above: &axes.y, below: &axes.x, left, right, height, ..Sheet::default() };
    let mut marks = Marks::default();
    let mut nodes = Vec::new();
    for (column, (names, labels)) in [(&from, &left_names), (&to, &right_names)].into_iter().enumerate() {
        for (index, (name, label)) in names.iter().zip(labels).enumerate() {
            let own = links.iter().filter(|link| if column == 0 { link.0 == index } else { link.1 == index });
            let told = sum(own.map(|(_, _, value)| value).collect::<Vec<_>>()).text;
            let (class, verb) =
                if column == 0 { (colour(index), "gives") } else { ("ink".to_owned(), "receives") };
            nodes.push(SankeyNode {
                // A person may stand on both sides: the id says on which.
                id: format!("{}:{index}", if column == 0 { "g" } else { "r" }),
                label: label.clone(),
                color: Some(marks.add(&class, format!("{name} {verb} {told}"))),
                column: Some(column),
            });
        }
    }
    let gaps = real(most - 1) * NAME_HEIGHT;
    let link = |(giver, receiver, value): &Link| {
        let told = (value.number / total * (height - gaps) >= HAIR).then(|| {
            let name = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
            format!("{} → {}: {}", name(&from, *giver), name(&to, *receiver), value.text)
        });
        let color = Some(marks.add(&format!("flow {}", colour(*giver)), told));
        SankeyLink { source: *giver, target: from.len() + receiver, value: value.number, color }
    };
    let plot = SankeyPlot {
        nodes,
        links: links.iter().map(link).collect(),
        link_color: SankeyLinkColor::PerLink,
        node_width: BAR,
        node_gap: NAME_HEIGHT,
        ..SankeyPlot::new()
    };
    let mut scene = render_sankey(&plot, &layout(&sheet));
    // Flows first: bars and names stand on them.
    scene.elements.sort_by_key(|element| !matches!(element, Primitive::Path(_)));
    sheet.dress(&mut scene);
    Some(Picture { scene, marks, legend: Vec::new(), note: note.join(" ") })
}

/// kuva puts a column into the middle of its share of the width; margins, which may be negative, move
/// the two columns to where the names end.
fn layout(sheet: &Sheet<'_>) -> kuva::render::layout::Layout {
    let share = WIDTH - sheet.left - sheet.right - BAR;
    let left = sheet.left - (share - BAR) / 2.0;
    let right = WIDTH - left - 2.0 * share - KEPT_BY_KUVA;
    sheet.layout((0.0, 1.0), (0.0, 1.0)).with_force_margins(left, right)
}

/// The class of a giver: colours come again after six, since the names stand beside.
fn colour(giver: usize) -> String {
    format!("s{}", giver % 6)
}

/// The names that are drawn, and the place of each name among them.
fn folded(names: &[String], most: usize, who: &str, note: &mut Vec<String>) -> (Vec<String>, Vec<usize>) {
    if names.len() <= most {
        return (names.to_vec(), (0..names.len()).collect());
    }
    let kept = most - 1;
    let others = names.len() - kept;
    let mut shown: Vec<String> = names.iter().take(kept).cloned().collect();
    shown.push(format!("{others} others"));
    note.push(format!("The other {others} {who} are one."));
    (shown, (0..names.len()).map(|index| index.min(kept)).collect())
}

/// The links between names that are drawn, those between the same two as one; only what flows.
fn joined(links: &[Link], givers: &[usize], receivers: &[usize]) -> Vec<Link> {
    let mut pairs: std::collections::BTreeMap<(usize, usize), Vec<&Value>> =
        std::collections::BTreeMap::new();
    for (giver, receiver, value) in links.iter().filter(|(_, _, value)| value.number > 0.0) {
        if let (Some(giver), Some(receiver)) = (givers.get(*giver), receivers.get(*receiver)) {
            pairs.entry((*giver, *receiver)).or_default().push(value);
        }
    }
    let one = |values: Vec<&Value>| match values.as_slice() {
        [single] => (*single).clone(),
        several => sum(several.iter().copied()),
    };
    pairs.into_iter().map(|((giver, receiver), values)| (giver, receiver, one(values))).collect()
}
