//! The theorem over degree × batch size (figure 7): what the page, the API and the map itself are asked for, checked
//! once, and the three tables that answer it.

use super::{DecayedRows, Step, batch_probability_with_negatives};
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param, Params};
use ndarray::Array2;
use serde_json::{Map, Value};

/// Degrees, or batch sizes, of one map at most.
pub const MAX_SIDE: usize = 512;

/// Largest number of interactions, items or negatives that is accepted.
const MAX_COUNT: f64 = 1e15;

/// Description of a map's settings; `degrees` and `batch_sizes` are lists besides.
pub static THEORY: Method = Method {
    name: "theory",
    title: "Theorem 3.1",
    doc: "How likely an item is to be in a batch, and how its squared length is expected to change in one step of gradient descent on the cosine with weight decay.",
    formula: "E‖i′‖² − ‖i‖² = (η²λ² − 2ηλ) ‖i‖² + (1 − (1 − r/N)^B) η² (1 − cos²) / ‖i‖²",
    source: "KDD 2025, theorem 3.1, corollaries 1 and 2, figure 7",
    params: &[
        Param {
            name: "interactions",
            title: "interactions N",
            doc: "Training interactions, from which a batch's pairs are drawn.",
            unit: "",
            kind: Kind::Float { min: 1.0, max: MAX_COUNT, default: 1e6, log: true },
        },
        Param {
            name: "learning_rate",
            title: "learning rate η",
            doc: "Step length of gradient descent.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 10.0, default: 0.1, log: true },
        },
        Param {
            name: "weight_decay",
            title: "weight decay λ",
            doc: "Enters the gradient as λΘ.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 10.0, default: 1e-3, log: true },
        },
        Param {
            name: "length",
            title: "length ‖i‖",
            doc: "Length of the item's vector before the step, above 0.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1e6, default: 1.0, log: true },
        },
        Param {
            name: "cosine",
            title: "cosine",
            doc: "Of the angle between the item and the user of the pair.",
            unit: "",
            kind: Kind::Float { min: -1.0, max: 1.0, default: 0.0, log: false },
        },
        Param {
            name: "rows",
            title: "rows that decay",
            doc: "all: every row at each step (theorem 3.1); batch: those of the batch (corollary 1).",
            unit: "",
            kind: Kind::Choice { options: &["all", "batch"], default: "all" },
        },
        Param {
            name: "negatives",
            title: "negatives a pair",
            doc: "Items drawn uniformly beside each pair (corollary 2).",
            unit: "items",
            kind: Kind::Float { min: 0.0, max: MAX_COUNT, default: 0.0, log: false },
        },
        Param {
            name: "items",
            title: "items n",
            doc: "From which the negatives are drawn; of no effect without negatives.",
            unit: "items",
            kind: Kind::Float { min: 1.0, max: MAX_COUNT, default: 10_000.0, log: true },
        },
    ],
};

/// A checked map. Only [`TheoryOptions::parse`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryOptions {
    step: Step,
    interactions: f64,
    negatives: f64,
    items: f64,
    degrees: Vec<f64>,
    batch_sizes: Vec<f64>,
}

/// The answer: tables of degrees (rows) × batch sizes (columns).
#[derive(Debug, Clone, PartialEq)]
pub struct TheoryMap {
    /// To be in a batch, as a positive or as a negative; 0 to 1.
    pub probability: Array2<f64>,
    /// Expected change of the squared length in one step.
    pub change: Array2<f64>,
    /// The length whose square is expected to stay as it is; NaN where there is none.
    pub balanced_length: Array2<f64>,
}

impl TheoryOptions {
    /// Checks a map's settings: those of [`THEORY`], which may be left out, and the lists `degrees` and
    /// `batch_sizes` of 1 to [`MAX_SIDE`] numbers.
    ///
    /// # Errors
    /// [`Code::UnknownKey`] or [`Code::OutOfRange`], with the key and the value.
    pub fn parse(value: &Value) -> Result<Self> {
        let Some(object) = value.as_object() else {
            return Err(Error::new(Code::OutOfRange, format!("{value} is not an object of options")));
        };
        let mut given: Map<String, Value> = object.clone();
        let degrees = numbers("degrees", given.shift_remove("degrees"))?;
        let batch_sizes = numbers("batch_sizes", given.shift_remove("batch_sizes"))?;
        let params = Params::check(&THEORY, &given, "")?;
        let step = Step {
            learning_rate: params.f64("learning_rate"),
            weight_decay: params.f64("weight_decay"),
            length: params.f64("length"),
            cosine: params.f64("cosine"),
            rows: if params.str("rows") == "all" { DecayedRows::All } else { DecayedRows::Batch },
        };
        step.check()?;
        let (interactions, negatives, items) =
            (params.f64("interactions"), params.f64("negatives"), params.f64("items"));
        Ok(Self { step, interactions, negatives, items, degrees, batch_sizes })
    }

    /// Computes the map.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] for a degree above the number of interactions or a batch size below 0, under its
    /// place in the list.
    pub fn map(&self) -> Result<TheoryMap> {
        let shape = (self.degrees.len(), self.batch_sizes.len());
        let mut map = TheoryMap {
            probability: Array2::zeros(shape),
            change: Array2::zeros(shape),
            balanced_length: Array2::from_elem(shape, f64::NAN),
        };
        for (r, &degree) in self.degrees.iter().enumerate() {
            for (c, &batch_size) in self.batch_sizes.iter().enumerate() {
                let p = self.probability(degree, batch_size).map_err(|e| match e.key.as_deref() {
                    Some("degree") => e.for_key(format!("degrees.{r}")),
                    Some("batch_size") => e.for_key(format!("batch_sizes.{c}")),
                    _ => e,
                })?;
                map.probability[(r, c)] = p;
                map.change[(r, c)] = self.step.expected_change(p)?;
                if let Some(square) = self.step.balanced_square(p)? {
                    map.balanced_length[(r, c)] = square.sqrt();
                }
            }
        }
        Ok(map)
    }

    fn probability(&self, degree: f64, batch_size: f64) -> Result<f64> {
        batch_probability_with_negatives(degree, self.interactions, batch_size, self.negatives, self.items)
    }
}

/// A list of numbers among the options, which must be given.
fn numbers(key: &str, value: Option<Value>) -> Result<Vec<f64>> {
    let list = value.as_ref().and_then(Value::as_array).filter(|l| (1..=MAX_SIDE).contains(&l.len()));
    let Some(list) = list else {
        let shown = match value {
            Some(Value::Array(l)) => format!("{} numbers", l.len()),
            Some(other) => other.to_string(),
            None => "nothing".to_owned(),
        };
        let text = format!("{shown}: give a list of 1 to {MAX_SIDE} numbers");
        return Err(Error::new(Code::OutOfRange, text).for_key(key.to_owned()).with_value(shown));
    };
    let number = |(i, v): (usize, &Value)| {
        v.as_f64().ok_or_else(|| {
            let e = Error::new(Code::OutOfRange, format!("{v} is not a number"));
            e.for_key(format!("{key}.{i}")).with_value(v.to_string())
        })
    };
    list.iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::super::batch_probability;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_map_is_the_theorem_and_its_corollaries() {
        let step =
            Step { learning_rate: 0.1, weight_decay: 1e-3, length: 1.0, cosine: 0.0, rows: DecayedRows::All };
        let lists = json!({ "degrees": [1, 20, 5000], "batch_sizes": [64, 1024] });
        let map = TheoryOptions::parse(&lists).unwrap().map().unwrap();
        assert_eq!(map.probability[(1, 1)], batch_probability(20.0, 1e6, 1024.0).unwrap());
        assert_eq!(map.change, step.map(&[1.0, 20.0, 5000.0], &[64.0, 1024.0], 1e6).unwrap());
        let length = map.balanced_length[(2, 0)];
        let still = Step { length, ..step }.expected_change(map.probability[(2, 0)]).unwrap();
        assert!(length > 0.0 && still.abs() < 1e-15);

        let mut more = lists.as_object().unwrap().clone();
        more.extend(json!({ "rows": "batch", "negatives": 5, "items": 1000 }).as_object().unwrap().clone());
        let batch = TheoryOptions::parse(&Value::Object(more)).unwrap().map().unwrap();
        let p = batch_probability_with_negatives(20.0, 1e6, 64.0, 5.0, 1000.0).unwrap();
        assert_eq!(batch.probability[(1, 0)], p);
        let expected = Step { rows: DecayedRows::Batch, ..step }.expected_change(p).unwrap();
        assert_eq!(batch.change[(1, 0)], expected);
        assert!(batch.balanced_length.iter().all(|l| l.is_nan()));
    }

    #[test]
    fn errors_name_key_and_value() {
        let error = |more: Value| {
            let mut given = json!({ "degrees": [1, 2], "batch_sizes": [8] }).as_object().unwrap().clone();
            given.extend(more.as_object().unwrap().clone());
            let e = TheoryOptions::parse(&Value::Object(given)).and_then(|o| o.map()).unwrap_err();
            (e.code, e.key.unwrap_or_default(), e.value.unwrap_or_default())
        };
        let out = |key: &str, value: &str| (Code::OutOfRange, key.to_owned(), value.to_owned());
        assert_eq!(error(json!({ "degrees": null })), out("degrees", "null"));
        assert_eq!(error(json!({ "batch_sizes": [] })), out("batch_sizes", "0 numbers"));
        assert_eq!(error(json!({ "degrees": [1, "2"] })), out("degrees.1", "\"2\""));
        assert_eq!(error(json!({ "interactions": 1.5 })), out("degrees.1", "2"));
        assert_eq!(error(json!({ "batch_sizes": [-8] })), out("batch_sizes.0", "-8"));
        assert_eq!(error(json!({ "length": 0 })), out("length", "0"));
        assert_eq!(error(json!({ "cosine": 1.5 })), out("cosine", "1.5"));
        assert_eq!(error(json!({ "rows": "none" })).1, "rows");
        assert_eq!(error(json!({ "degree": 3 })).0, Code::UnknownKey);
        let e = TheoryOptions::parse(&Value::Null).unwrap_err();
        assert_eq!(e.to_string(), "null is not an object of options");
    }
}
