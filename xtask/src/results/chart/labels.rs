//! Names beside points, placed so that they cover neither what is drawn nor each other where there is room.

use super::text_width;

const SIZE: f64 = 11.0;

/// A rectangle: left, top, right, bottom.
pub type Rectangle = [f64; 4];

/// Where the texts at these points begin (left end of the base line), all within `frame`; `drawn` is to stay free.
pub fn place(points: &[([f64; 2], &str)], drawn: &[Rectangle], frame: Rectangle) -> Vec<[f64; 2]> {
    let mut taken = drawn.to_vec();
    let mut out = Vec::with_capacity(points.len());
    for &(point, text) in points {
        let cost = |candidate: &Rectangle| {
            let covered: f64 = taken.iter().map(|other| overlap(candidate, other)).sum();
            covered + 4.0 * (area(candidate) - overlap(candidate, &frame))
        };
        let best = around(point, text).into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let best = best.expect("there are places around a point");
        taken.push(best);
        out.push([best[0], best[3] - 3.0]);
    }
    out
}

/// Places beside, above and below a point, the nearest and most usual first.
fn around([x, y]: [f64; 2], text: &str) -> Vec<Rectangle> {
    let (w, h) = (text_width(text, SIZE), SIZE + 2.0);
    let mut out = Vec::new();
    for gap in [7.0, 14.0, 22.0] {
        let across = [(x + gap, y - h / 2.0), (x - gap - w, y - h / 2.0)];
        let along = [(x - w / 2.0, y - gap - h), (x - w / 2.0, y + gap)];
        let corners =
            [(x + gap, y - gap - h), (x + gap, y + gap), (x - gap - w, y - gap - h), (x - gap - w, y + gap)];
        let all = across.into_iter().chain(along).chain(corners);
        out.extend(all.map(|(left, top)| [left, top, left + w, top + h]));
    }
    out
}

/// The room that a mark takes.
pub fn about([x, y]: [f64; 2], reach: f64) -> Rectangle {
    [x - reach, y - reach, x + reach, y + reach]
}

fn area(r: &Rectangle) -> f64 {
    (r[2] - r[0]) * (r[3] - r[1])
}

fn overlap(a: &Rectangle, b: &Rectangle) -> f64 {
    let length = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    length(0, 2) * length(1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_near_points_do_not_cover_each_other() {
        let points = [[50.0, 50.0], [54.0, 52.0], [48.0, 55.0]];
        let named: Vec<([f64; 2], &str)> = points.into_iter().zip(["one", "two", "three"]).collect();
        let frame = [0.0, 0.0, 200.0, 100.0];
        let marks = points.map(|point| about(point, 5.0));
        let placed = place(&named, &marks, frame);
        let boxes: Vec<Rectangle> = placed
            .iter()
            .zip(&named)
            .map(|([x, y], (_, text))| [*x, y + 3.0 - SIZE - 2.0, x + text_width(text, SIZE), y + 3.0])
            .collect();
        for (i, a) in boxes.iter().enumerate() {
            assert!(boxes[..i].iter().all(|b| overlap(a, b) == 0.0), "{boxes:?}");
            assert!(marks.iter().all(|mark| overlap(a, mark) == 0.0), "{boxes:?}");
            assert_eq!(overlap(a, &frame), area(a));
        }
    }
}
