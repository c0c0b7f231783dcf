use super::*;

fn series(name: &str, colour: usize, style: Style, points: &[(f64, f64)]) -> Series {
    let point = |&(x, y): &(f64, f64)| Point { x, y, dy: Some(0.5), ..Point::default() };
    Series { name: name.into(), colour, points: points.iter().map(point).collect(), style }
}

fn figure() -> Figure {
    let mut named = series("R & D <1>", 1, Style::Marks, &[(0.0, 1.0)]);
    named.points[0].dx = Some(0.25);
    named.points[0].label = Some("γ \"0.1\"".into());
    let panel = Panel {
        title: "A < B".into(),
        x: Axis::new("x", Scale::Linear),
        y: Axis::new("y", Scale::Linear),
        series: vec![
            series("line", 0, Style::Line, &[(0.0, 10.0), (4.0, 20.0)]),
            named,
            series("shade", 2, Style::Shade, &[(0.0, 2.0), (4.0, 3.0)]),
            series("diamond", 3, Style::Marks, &[(4.0, 5.0)]),
            series("pale", 3, Style::Faint, &[(2.0, 5.0)]),
        ],
        levels: vec![Level { name: "level".into(), colour: 4, y: 15.0, dy: Some(1.0) }],
    };
    Figure { about: "what & why".into(), panels: vec![panel.clone(), panel], columns: 2, one_legend: false }
}

/// Opening and closing tags in pairs, and no bare `&` or `<` in texts and attributes.
fn check_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        check_text(tag);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().expect("a tag has a name"));
        }
        rest = &rest[end + 1..];
    }
    assert_eq!((open.len(), rest), (0, "\n"));
}

fn check_text(text: &str) {
    let entities = ["&amp;", "&lt;", "&gt;", "&quot;"];
    for (at, _) in text.match_indices('&') {
        assert!(entities.iter().any(|e| text[at..].starts_with(e)), "{text}");
    }
    assert!(!text.contains('<'), "{text}");
}

/// The values of an attribute in elements that hold `mark`.
fn attributes(svg: &str, mark: &str, name: &str) -> Vec<f64> {
    let elements = svg.split('<').filter(|element| element.contains(mark));
    let value = |element: &str| {
        let (_, after) = element.split_once(&format!(" {name}=\""))?;
        after.split('"').next()?.parse().ok()
    };
    elements.filter_map(value).collect()
}

#[test]
fn a_figure_is_well_formed_and_says_what_it_shows() {
    let svg = figure().svg();
    check_well_formed(&svg);
    assert!(svg.contains("<title id=\"about\">what &amp; why</title>"));
    assert!(svg.contains(">A &lt; B</text>") && svg.contains(">R &amp; D &lt;1&gt;</text>"));
    assert!(svg.contains("prefers-color-scheme: dark"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert!(!svg.contains(">pale<"), "pale marks are not in the legend");
}

#[test]
fn points_are_where_their_values_are() {
    let mut figure = figure();
    figure.panels.truncate(1);
    figure.panels[0].series.truncate(1);
    figure.panels[0].levels.clear();
    let svg = figure.svg();
    // The legend's mark first. x has a room of 5 % (4 → 0.2 at both ends) within 58 … 624 pixels.
    let xs = &attributes(&svg, "circle", "cx")[1..];
    let pixel = |x: f64| 58.0 + (x + 0.2) / 4.4 * (624.0 - 58.0);
    assert!(xs.len() == 2 && xs.iter().zip([0.0, 4.0]).all(|(at, x)| (at - pixel(x)).abs() < 0.06), "{xs:?}");
    // y goes from 9.5 − 0.55 up to 20.5 + 0.55 between the bottom and the top of the plot.
    let ys = &attributes(&svg, "circle", "cy")[1..];
    let (top, bottom) = (34.0 + 22.0, 360.0 + 22.0 - 48.0);
    let pixel = |y: f64| bottom - (y - 8.95) / (21.05 - 8.95) * (bottom - top);
    assert!(ys.iter().zip([10.0, 20.0]).all(|(at, y)| (at - pixel(y)).abs() < 0.06), "{ys:?}");
    let bar = format!("V{:.1}", pixel(9.5));
    assert!(svg.contains(&bar), "an error bar ends at {bar}");
}

#[test]
fn panels_stand_in_rows_below_one_legend() {
    let mut figure = figure();
    figure.one_legend = true;
    figure.panels.push(figure.panels[0].clone());
    let svg = figure.svg();
    check_well_formed(&svg);
    assert_eq!(svg.matches(">diamond</text>").count(), 1);
    let legend = figure.panels[0].legend_height(2.0 * PANEL[0]);
    for place in ["0 0", "420 0", "0 280"] {
        let [x, y] = [0, 1].map(|i| place.split(' ').nth(i).unwrap().parse::<f64>().unwrap());
        assert!(svg.contains(&format!("translate({x:.0} {:.0})", y + legend)), "{place}");
    }
    assert!(svg.contains(&format!("viewBox=\"0 0 840 {:.0}\"", 560.0 + legend)));
}
