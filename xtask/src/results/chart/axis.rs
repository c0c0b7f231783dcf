//! Axes: from values to pixels, and where the ticks are.

/// An axis with its caption.
#[derive(Debug, Clone)]
pub struct Axis {
    pub label: String,
    pub scale: Scale,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    Linear,
    /// Powers of ten; 0 has a place of its own at the left end.
    Logarithm,
    /// Categories at 0, 1, 2 …
    Names(Vec<String>),
}

impl Axis {
    pub fn new(label: &str, scale: Scale) -> Self {
        Self { label: label.to_owned(), scale }
    }
}

/// A tick: where, and what is written there.
pub type Tick = (f64, String);

/// A scale with the range of its values and that of its pixels.
#[derive(Debug, Clone)]
pub struct Fitted {
    kind: Scale,
    /// Bounds, as logarithms where the scale is one.
    low: f64,
    high: f64,
    /// Where 0 is on a logarithmic scale.
    zero: f64,
    pixels: [f64; 2],
    ticks: Vec<Tick>,
}

impl Fitted {
    /// Holds all `values`, with a little room at both ends.
    pub fn new(scale: &Scale, values: &[f64], pixels: [f64; 2]) -> Self {
        let mut fitted =
            Self { kind: scale.clone(), low: 0.0, high: 1.0, zero: f64::NAN, pixels, ticks: vec![] };
        match scale {
            Scale::Linear => fitted.fit_linear(values),
            Scale::Logarithm => fitted.fit_logarithm(values),
            Scale::Names(names) => {
                (fitted.low, fitted.high) = (-0.5, names.len() as f64 - 0.5);
                fitted.ticks = names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect();
            }
        }
        fitted
    }

    fn fit_linear(&mut self, values: &[f64]) {
        let (low, high) = bounds(values).unwrap_or((0.0, 1.0));
        let room = if high > low { 0.05 * (high - low) } else { high.abs().max(1.0) * 0.05 };
        // From 0 where the values come near it, so that the distance to it can be seen.
        let from_zero = low > 0.0 && low < 0.35 * high;
        self.low = if from_zero { 0.0 } else { low - room };
        self.high = high + room;
        let step = nice_step((self.high - self.low) / 5.0);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let tick = |i: i64| (i as f64 * step, format!("{:.decimals$}", i as f64 * step));
        self.ticks = (first..=last).map(tick).collect();
    }

    fn fit_logarithm(&mut self, values: &[f64]) {
        let logarithms: Vec<f64> = values.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect();
        let (low, high) = bounds(&logarithms).unwrap_or((0.0, 1.0));
        let has_zero = values.contains(&0.0);
        self.zero = low.floor() - 1.0;
        self.low = if has_zero { self.zero - 0.3 } else { low - 0.3 };
        self.high = high + 0.3;
        let power = |i: i32| (10_f64.powi(i), power_of_ten(i));
        self.ticks = has_zero.then(|| (0.0, "0".to_owned())).into_iter().collect();
        self.ticks.extend((low.ceil() as i32..=high.floor() as i32).map(power));
    }

    /// The pixel of a value.
    pub fn at(&self, value: f64) -> f64 {
        let place = match self.kind {
            Scale::Logarithm if value <= 0.0 => self.zero,
            Scale::Logarithm => value.log10(),
            _ => value,
        };
        self.pixels[0] + (place - self.low) / (self.high - self.low) * (self.pixels[1] - self.pixels[0])
    }

    pub fn ticks(&self) -> &[Tick] {
        &self.ticks
    }
}

fn bounds(values: &[f64]) -> Option<(f64, f64)> {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = (finite().reduce(f64::min)?, finite().reduce(f64::max)?);
    Some((low, high))
}

/// The next of 1, 2, 5, 10 … times a power of ten.
fn nice_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// `10⁻⁵`; 0.1, 1 and 10 as they are.
fn power_of_ten(exponent: i32) -> String {
    match exponent {
        -1 => "0.1".into(),
        0 => "1".into(),
        1 => "10".into(),
        _ => {
            let raised = |c: char| match c {
                '-' => '⁻',
                '1' => '¹',
                '2' => '²',
                '3' => '³',
                digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
            };
            format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_axis_has_round_ticks_and_holds_its_values() {
        let axis = Fitted::new(&Scale::Linear, &[0.21, 0.25, 0.24], [0.0, 100.0]);
        let texts: Vec<&str> = axis.ticks().iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0.21", "0.22", "0.23", "0.24", "0.25"]);
        assert!(axis.at(0.21) > 0.0 && axis.at(0.25) < 100.0);
        let from_zero = Fitted::new(&Scale::Linear, &[0.1, 1.0], [100.0, 0.0]);
        assert_eq!(from_zero.ticks()[0], (0.0, "0.0".to_owned()));
        assert_eq!(from_zero.at(0.0), 100.0);
        let one = Fitted::new(&Scale::Linear, &[3.0], [0.0, 100.0]);
        assert!((one.at(3.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn zero_is_left_of_all_powers_of_ten() {
        let axis = Fitted::new(&Scale::Logarithm, &[0.0, 1e-5, 1e-2], [0.0, 100.0]);
        let texts: Vec<&str> = axis.ticks().iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"]);
        let places: Vec<f64> = axis.ticks().iter().map(|(value, _)| axis.at(*value)).collect();
        assert!(places.windows(2).all(|pair| (pair[1] - pair[0] - 100.0 / 4.6).abs() < 1e-9), "{places:?}");
        assert!((axis.at(0.0) - 0.3 / 4.6 * 100.0).abs() < 1e-9);
    }

    #[test]
    fn names_are_in_the_middle_of_their_share() {
        let axis = Fitted::new(&Scale::Names(vec!["a".into(), "b".into()]), &[], [0.0, 100.0]);
        assert_eq!((axis.at(0.0), axis.at(1.0)), (25.0, 75.0));
    }
}
