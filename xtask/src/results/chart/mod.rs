//! Figures as SVG: panels with axes, points, error bars and shades. Light and dark follow the reader's system; the
//! file has its own ground, so that it can be read on any page.

mod axis;
mod labels;
mod panel;

pub use axis::{Axis, Scale};
use std::fmt::Write;

/// Width and height of a panel that shares its row, and of one that has it for itself, in pixels.
const PANEL: [f64; 2] = [420.0, 280.0];
const WIDE: [f64; 2] = [640.0, 360.0];
/// Height of a line of the legend.
const LINE: f64 = 18.0;

/// Okabe and Ito's palette as the page has it (`web/styles/tokens.css`): on light and on dark ground.
const PALETTE: [[&str; 2]; 7] = [
    ["#0072b2", "#56b4e9"],
    ["#c65100", "#f0803c"],
    ["#00805c", "#2fc79a"],
    ["#a34f80", "#df94bd"],
    ["#9a6a00", "#e6b02e"],
    ["#4b4f9e", "#9da2f2"],
    ["#7a4a24", "#c99a72"],
];

/// Panels in rows, all of like size.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it shows, for those who do not see it.
    pub about: String,
    pub panels: Vec<Panel>,
    /// Panels in a row.
    pub columns: usize,
    /// One legend for all panels, from the first; otherwise each has its own.
    pub one_legend: bool,
}

/// A pair of axes and what is drawn in it.
#[derive(Debug, Clone)]
pub struct Panel {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
    pub levels: Vec<Level>,
}

/// Points of one name; it has a colour and a mark of its own.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    /// Position in the palette.
    pub colour: usize,
    pub points: Vec<Point>,
    pub style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Marks alone.
    Marks,
    /// Marks along a line.
    Line,
    /// A line with its deviation as a shade.
    Shade,
    /// Small pale marks, which are not in the legend.
    Faint,
}

/// A value with its deviations, and a name beside it where that is wanted.
#[derive(Debug, Clone, Default)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub dx: Option<f64>,
    pub dy: Option<f64>,
    pub label: Option<String>,
}

/// A horizontal line over the whole width, with its deviation as a shade.
#[derive(Debug, Clone)]
pub struct Level {
    pub name: String,
    pub colour: usize,
    pub y: f64,
    pub dy: Option<f64>,
}

impl Figure {
    /// The file.
    pub fn svg(&self) -> String {
        let columns = self.columns.min(self.panels.len()).max(1);
        let rows = self.panels.len().div_ceil(columns);
        let size = if columns == 1 { WIDE } else { PANEL };
        let width = size[0] * columns as f64;
        let shared = self.panels.first().filter(|_| self.one_legend);
        let above = shared.map_or(0.0, |panel| panel.legend_height(width));
        let inside = |p: &Panel| if self.one_legend { 0.0 } else { p.legend_height(size[0]) };
        let tallest = self.panels.iter().map(inside).fold(0.0, f64::max);
        let panel = size[1] + tallest;
        let height = above + panel * rows as f64;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-labelledby=\"about\">\n<title id=\"about\">{}</title>\n{}\
             <rect class=\"ground\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n",
            escaped(&self.about),
            style(),
        );
        if let Some(first) = shared {
            out.push_str(&first.legend(8.0, width));
        }
        for (i, p) in self.panels.iter().enumerate() {
            let at = [size[0] * (i % columns) as f64, above + panel * (i / columns) as f64];
            let _ = writeln!(out, "<g transform=\"translate({:.0} {:.0})\">", at[0], at[1]);
            out.push_str(&p.draw([size[0], panel], tallest, !self.one_legend));
            out.push_str("</g>\n");
        }
        out.push_str("</svg>\n");
        out
    }
}

/// Colours as classes: `s0` strokes and `f0` fills with the palette's first.
fn style() -> String {
    let colours = |dark: usize, [ground, ink, muted, line]: [&str; 4]| {
        let mut out = format!(
            ".ground{{fill:{ground}}}.name{{stroke:{ground}}}text{{fill:{ink}}}.muted{{fill:{muted}}}.axis{{stroke:{muted}}}.grid{{stroke:{line}}}\n"
        );
        for (i, colour) in PALETTE.iter().enumerate() {
            let _ = write!(out, ".s{i}{{stroke:{0}}}.f{i}{{fill:{0}}}", colour[dark]);
        }
        out
    };
    format!(
        "<style>\ntext{{font:12px system-ui,'Segoe UI','Helvetica Neue','Liberation Sans',sans-serif}}\
         .title{{font-weight:600;font-size:13px}}.small{{font-size:11px}}\
         .name{{font-weight:600;paint-order:stroke;stroke-width:3px}}\
         .axis,.grid,.bar,.line{{fill:none}}.line{{stroke-width:2}}.bar{{stroke-width:1.2}}\
         .shade{{fill-opacity:.12}}.faint{{fill-opacity:.35}}.dash{{stroke-dasharray:6 4}}\n{}\n\
         @media (prefers-color-scheme: dark) {{\n{}\n}}\n</style>\n",
        colours(0, ["#ffffff", "#1d2126", "#5b626b", "#e2ddd2"]),
        colours(1, ["#14171a", "#e9e7e2", "#a2a9b1", "#2d3339"]),
    )
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// About how wide a text of this size is: fonts differ, and nothing here can measure one.
fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.54
}

#[cfg(test)]
mod tests;
