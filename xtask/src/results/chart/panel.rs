//! One panel: axes, grid, series, levels and legend.

use super::axis::Fitted;
use super::labels::{self, Rectangle};
use super::{LINE, Level, Panel, Point, Scale, Series, Style, escaped, text_width};
use std::fmt::Write;

/// Space left and right of the plot, above it (the title) and below it (ticks and caption).
const LEFT: f64 = 58.0;
const RIGHT: f64 = 16.0;
const ABOVE: f64 = 34.0;
const BELOW: f64 = 48.0;

/// The axes of a panel, in pixels.
struct Plot {
    x: Fitted,
    y: Fitted,
    /// Left, top, right, bottom.
    frame: [f64; 4],
}

impl Plot {
    fn new(panel: &Panel, [width, height]: [f64; 2], legend: f64) -> Self {
        let frame = [LEFT, ABOVE + legend, width - RIGHT, height - BELOW];
        let points = || panel.series.iter().flat_map(|s| &s.points);
        let spread = |value: f64, deviation: Option<f64>| {
            let deviation = deviation.unwrap_or(0.0);
            [value - deviation, value + deviation]
        };
        let levels = panel.levels.iter().flat_map(|l| spread(l.y, l.dy));
        // An error bar across a logarithmic axis has no place left of 0.
        let across = |p: &Point| match panel.x.scale {
            Scale::Linear => spread(p.x, p.dx),
            _ => [p.x, p.x],
        };
        let xs: Vec<f64> = points().flat_map(across).collect();
        let ys: Vec<f64> = points().flat_map(|p| spread(p.y, p.dy)).chain(levels).collect();
        Self {
            x: Fitted::new(&panel.x.scale, &xs, [frame[0], frame[2]]),
            y: Fitted::new(&panel.y.scale, &ys, [frame[3], frame[1]]),
            frame,
        }
    }

    fn at(&self, p: &Point) -> [f64; 2] {
        [self.x.at(p.x), self.y.at(p.y)]
    }
}

impl Panel {
    /// The panel's elements, with `legend` pixels kept free above the plot.
    pub(super) fn draw(&self, size: [f64; 2], legend: f64, own_legend: bool) -> String {
        let plot = Plot::new(self, size, legend);
        let mut out = self.axes(&plot);
        if own_legend {
            out.push_str(&self.legend(ABOVE - 4.0, size[0]));
        }
        for level in &self.levels {
            out.push_str(&draw_level(level, &plot));
        }
        for series in &self.series {
            out.push_str(&draw_series(series, &plot));
        }
        out.push_str(&self.names(&plot));
        out
    }

    fn axes(&self, plot: &Plot) -> String {
        let [left, top, right, bottom] = plot.frame;
        let (mut out, middle) = (String::new(), (left + right) / 2.0);
        let _ =
            writeln!(out, "<text class=\"title\" x=\"{left:.1}\" y=\"20\">{}</text>", escaped(&self.title));
        for (value, text) in plot.y.ticks() {
            let y = plot.y.at(*value);
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{left:.1} {y:.1}H{right:.1}\"/><text class=\"muted small\" x=\"{:.1}\" \
                 y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                left - 6.0,
                y + 4.0
            );
        }
        for (value, text) in plot.x.ticks() {
            let x = plot.x.at(*value);
            let _ = writeln!(
                out,
                "<path class=\"axis\" d=\"M{x:.1} {bottom:.1}v4\"/><text class=\"muted small\" x=\"{x:.1}\" \
                 y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 17.0,
                escaped(text)
            );
        }
        let _ = writeln!(
            out,
            "<path class=\"axis\" d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\"/>\n<text class=\"muted\" \
             x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 36.0,
            escaped(&self.x.label)
        );
        let centre = (top + bottom) / 2.0;
        let _ = writeln!(
            out,
            "<text class=\"muted\" transform=\"translate(14 {centre:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escaped(&self.y.label)
        );
        out
    }

    /// The names of points that have one, in the colour of their series.
    fn names(&self, plot: &Plot) -> String {
        let drawn: Vec<Rectangle> = self.series.iter().flat_map(|s| taken(s, plot)).collect();
        let points = self.series.iter().flat_map(|s| s.points.iter().map(|p| (s.colour, p)));
        let (mut colours, mut named) = (Vec::new(), Vec::new());
        for (colour, p) in points {
            if let Some(text) = p.label.as_deref() {
                colours.push(colour);
                named.push((plot.at(p), text));
            }
        }
        let places = labels::place(&named, &drawn, plot.frame);
        let mut out = String::new();
        for (([x, y], (_, text)), colour) in places.into_iter().zip(named).zip(colours) {
            let _ = writeln!(
                out,
                "<text class=\"small name f{colour}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                escaped(text)
            );
        }
        out
    }

    /// Names with their mark; `None` stands for a level's dashes.
    fn entries(&self) -> Vec<(&str, usize, Option<Style>)> {
        let shown = self.series.iter().filter(|s| s.style != Style::Faint);
        let series = shown.map(|s| (s.name.as_str(), s.colour, Some(s.style)));
        series.chain(self.levels.iter().map(|l| (l.name.as_str(), l.colour, None))).collect()
    }

    /// The entries' places within `width`: column in pixels and line.
    fn arranged(&self, width: f64) -> Vec<(f64, usize)> {
        let (mut x, mut line, mut out) = (0.0, 0, vec![]);
        for (name, ..) in self.entries() {
            let wide = 30.0 + text_width(name, 12.0) + 16.0;
            if x > 0.0 && x + wide > width - LEFT {
                (x, line) = (0.0, line + 1);
            }
            out.push((x, line));
            x += wide;
        }
        out
    }

    pub(super) fn legend_height(&self, width: f64) -> f64 {
        self.arranged(width).last().map_or(0.0, |(_, line)| (line + 1) as f64 * LINE + 4.0)
    }

    /// The legend from `top` downwards, in line with the plots.
    pub(super) fn legend(&self, top: f64, width: f64) -> String {
        let mut out = String::new();
        for ((name, colour, style), (x, line)) in self.entries().into_iter().zip(self.arranged(width)) {
            let (x, y) = (LEFT + x, top + line as f64 * LINE + LINE / 2.0);
            let dash = if style.is_none() { " dash" } else { "" };
            if style != Some(Style::Marks) {
                let _ = write!(out, "<path class=\"line{dash} s{colour}\" d=\"M{x:.1} {y:.1}h22\"/>");
            }
            if matches!(style, Some(Style::Marks | Style::Line)) {
                out.push_str(&mark(colour, [x + 11.0, y], 4.0, ""));
            }
            let _ =
                writeln!(out, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 28.0, y + 4.0, escaped(name));
        }
        out
    }
}

/// What a series covers: its marks, its error bars, and its line in short pieces.
fn taken(series: &Series, plot: &Plot) -> Vec<Rectangle> {
    let mut out = Vec::new();
    for p in &series.points {
        let [x, y] = plot.at(p);
        out.push(labels::about([x, y], if series.style == Style::Faint { 3.0 } else { 5.0 }));
        if let Some(dy) = p.dy {
            out.push([x - 3.0, plot.y.at(p.y + dy), x + 3.0, plot.y.at(p.y - dy)]);
        }
        if let Some(dx) = p.dx {
            out.push([plot.x.at(p.x - dx), y - 3.0, plot.x.at(p.x + dx), y + 3.0]);
        }
    }
    if series.style == Style::Line {
        for pair in series.points.windows(2) {
            let ([x0, y0], [x1, y1]) = (plot.at(&pair[0]), plot.at(&pair[1]));
            let pieces = ((x1 - x0).hypot(y1 - y0) / 6.0).ceil().max(1.0);
            let piece = |i: usize| {
                let share = i as f64 / pieces;
                labels::about([x0 + share * (x1 - x0), y0 + share * (y1 - y0)], 2.0)
            };
            out.extend((1..pieces as usize).map(piece));
        }
    }
    out
}

fn draw_level(level: &Level, plot: &Plot) -> String {
    let [left, _, right, _] = plot.frame;
    let (y, c, mut out) = (plot.y.at(level.y), level.colour, String::new());
    if let Some(dy) = level.dy {
        let [top, bottom] = [plot.y.at(level.y + dy), plot.y.at(level.y - dy)];
        let _ = write!(
            out,
            "<path class=\"shade f{c}\" d=\"M{left:.1} {top:.1}H{right:.1}V{bottom:.1}H{left:.1}Z\"/>"
        );
    }
    let _ = writeln!(out, "<path class=\"line dash s{c}\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>");
    out
}

fn draw_series(series: &Series, plot: &Plot) -> String {
    let (c, mut out) = (series.colour, String::new());
    let path = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        points.map(|[x, y]| format!("{x:.1} {y:.1}")).collect::<Vec<_>>().join("L")
    };
    let edge = |p: &Point, sign: f64| [plot.x.at(p.x), plot.y.at(p.y + sign * p.dy.unwrap_or(0.0))];
    if series.style == Style::Shade {
        let upper = series.points.iter().map(|p| edge(p, 1.0));
        let lower = series.points.iter().rev().map(|p| edge(p, -1.0));
        let _ = write!(out, "<path class=\"shade f{c}\" d=\"M{}Z\"/>", path(&mut upper.chain(lower)));
    }
    if matches!(series.style, Style::Line | Style::Shade) {
        let line = path(&mut series.points.iter().map(|p| plot.at(p)));
        let _ = writeln!(out, "<path class=\"line s{c}\" d=\"M{line}\"/>");
    }
    for p in series.points.iter().filter(|_| series.style != Style::Shade) {
        let [x, y] = plot.at(p);
        if p.dy.is_some() {
            let [top, bottom] = [edge(p, 1.0)[1], edge(p, -1.0)[1]];
            let _ = write!(
                out,
                "<path class=\"bar s{c}\" d=\"M{x:.1} {top:.1}V{bottom:.1}M{0:.1} {top:.1}h6M{0:.1} {bottom:.1}h6\"/>",
                x - 3.0
            );
        }
        if let Some(dx) = p.dx {
            let [low, high] = [plot.x.at(p.x - dx), plot.x.at(p.x + dx)];
            let _ = write!(
                out,
                "<path class=\"bar s{c}\" d=\"M{low:.1} {y:.1}H{high:.1}M{low:.1} {0:.1}v6M{high:.1} {0:.1}v6\"/>",
                y - 3.0
            );
        }
        let faint = series.style == Style::Faint;
        let (size, class) = if faint { (2.5, " faint") } else { (4.0, "") };
        out.push_str(&mark(c, [x, y], size, class));
        out.push('\n');
    }
    out
}

/// A mark that is told from others by its shape as well as by its colour.
fn mark(colour: usize, [x, y]: [f64; 2], r: f64, class: &str) -> String {
    let class = format!("class=\"f{colour}{class}\"");
    match colour % 4 {
        0 => format!("<circle {class} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"/>"),
        1 => {
            let (left, top, side) = (x - 0.9 * r, y - 0.9 * r, 1.8 * r);
            format!("<rect {class} x=\"{left:.1}\" y=\"{top:.1}\" width=\"{side:.1}\" height=\"{side:.1}\"/>")
        }
        2 => {
            let r = 1.2 * r;
            let (top, half) = (y - r, 0.87 * r);
            format!("<path {class} d=\"M{x:.1} {top:.1}l{half:.1} {0:.1}h{1:.1}Z\"/>", 1.5 * r, -2.0 * half)
        }
        _ => {
            let r = 1.25 * r;
            format!(
                "<path {class} d=\"M{0:.1} {y:.1}L{x:.1} {1:.1}L{2:.1} {y:.1}L{x:.1} {3:.1}Z\"/>",
                x - r,
                y - r,
                x + r,
                y + r
            )
        }
    }
}
