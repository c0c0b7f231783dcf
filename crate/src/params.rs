//! How a method describes itself and its parameters, and the check that only good values pass.
//!
//! Every model, initialisation, loss, regulariser, optimizer, metric, format and split has one [`Method`]
//! beside its code. `catalog.rs` lists them; help texts, forms, the JSON schema and the configuration
//! check all read these descriptions and nothing else.

use crate::error::{Code, Error, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A method's description: what the page, the CLI and the documentation say of it.
#[derive(Debug, Serialize)]
pub struct Method {
    /// Name in configurations: lower case with hyphens, e.g. `item-knn`.
    pub name: &'static str,
    /// Name for people, e.g. `ItemKNN`.
    pub title: &'static str,
    /// One sentence that says what it does.
    pub doc: &'static str,
    /// Its formula in plain Unicode text; empty where there is none.
    pub formula: &'static str,
    /// Paper and equation, e.g. `Zhang et al., KDD 2021, eq. 6`.
    pub source: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
}

/// One parameter of a method.
#[derive(Debug, Serialize)]
pub struct Param {
    /// Key in configurations, `snake_case`.
    pub name: &'static str,
    /// Label for people, e.g. `learning rate`.
    pub title: &'static str,
    /// What it controls, in one sentence.
    pub doc: &'static str,
    /// Unit, empty for a pure number.
    pub unit: &'static str,
    /// Type, range and default.
    #[serde(flatten)]
    pub kind: Kind,
}

/// Type, inclusive range and default of a parameter.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Kind {
    /// A real number; never NaN or infinite.
    Float {
        /// Smallest permitted value.
        min: f64,
        /// Largest permitted value.
        max: f64,
        /// Value when not given.
        default: f64,
        /// True where a slider should be logarithmic.
        log: bool,
    },
    /// A whole number.
    Int {
        /// Smallest permitted value.
        min: i64,
        /// Largest permitted value.
        max: i64,
        /// Value when not given.
        default: i64,
    },
    /// On or off.
    Bool {
        /// Value when not given.
        default: bool,
    },
    /// One of a few names.
    Choice {
        /// The permitted names.
        options: &'static [&'static str],
        /// Value when not given.
        default: &'static str,
    },
    /// Free text, checked by the method itself.
    Text {
        /// Regular expression (of JavaScript and JSON Schema) that it fits; empty where any text may do.
        pattern: &'static str,
        /// Value when not given.
        default: &'static str,
    },
}

impl Kind {
    /// The default as JSON.
    pub fn default_value(&self) -> Value {
        match *self {
            Self::Float { default, .. } => Value::from(default),
            Self::Int { default, .. } => Value::from(default),
            Self::Bool { default } => Value::from(default),
            Self::Choice { default, .. } | Self::Text { default, .. } => Value::from(default),
        }
    }

    /// What is allowed, for error messages: `a number from 0 to 1`.
    pub fn allowed(&self) -> String {
        match self {
            Self::Float { min, max, .. } => format!("a number from {min} to {max}"),
            Self::Int { min, max, .. } => format!("a whole number from {min} to {max}"),
            Self::Bool { .. } => "true or false".into(),
            Self::Choice { options, .. } => format!("one of {}", options.join(", ")),
            Self::Text { .. } => "text".into(),
        }
    }

    /// `value` if it is of this kind and in range, in its canonical JSON form.
    fn accept(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Float { min, max, .. } => {
                value.as_f64().filter(|v| v.is_finite() && (*min..=*max).contains(v)).map(Value::from)
            }
            Self::Int { min, max, .. } => {
                // 20.0 is a whole number too: JavaScript does not tell them apart.
                let whole = value.as_i64().or_else(|| {
                    value.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 9.0e15).map(|v| v as i64)
                });
                whole.filter(|v| (*min..=*max).contains(v)).map(Value::from)
            }
            Self::Bool { .. } => value.as_bool().map(Value::from),
            Self::Choice { options, .. } => value.as_str().filter(|v| options.contains(v)).map(Value::from),
            Self::Text { .. } => value.as_str().map(Value::from),
        }
    }
}

/// Checked values of every parameter of a method: the only form in which a builder sees them.
#[derive(Debug, Clone)]
pub struct Params {
    /// The method they belong to.
    pub method: &'static Method,
    values: BTreeMap<&'static str, Value>,
}

impl Params {
    /// The defaults.
    pub fn defaults(method: &'static Method) -> Self {
        let values = method.params.iter().map(|p| (p.name, p.kind.default_value())).collect();
        Self { method, values }
    }

    /// Checks `given` against the method's description; what is not given takes its default.
    ///
    /// `path` is the dotted place of the object in the configuration (e.g. `optimizer`); a key `name`
    /// is permitted and skipped, since the catalogue has used it to find the method.
    ///
    /// # Errors
    /// [`Code::UnknownKey`] or [`Code::OutOfRange`], with the key, the value and what is allowed.
    pub fn check(method: &'static Method, given: &Map<String, Value>, path: &str) -> Result<Self> {
        let mut params = Self::defaults(method);
        for (key, value) in given.iter().filter(|(key, _)| *key != "name") {
            params.set(key, value, path)?;
        }
        Ok(params)
    }

    /// Sets one value, checked.
    ///
    /// # Errors
    /// As [`Params::check`].
    pub fn set(&mut self, key: &str, value: &Value, path: &str) -> Result<()> {
        let dotted = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let Some(param) = self.method.params.iter().find(|p| p.name == key) else {
            let known: Vec<_> = self.method.params.iter().map(|p| p.name).collect();
            let known = if known.is_empty() {
                "it takes none".into()
            } else {
                format!("it takes {}", known.join(", "))
            };
            return Err(Error::new(
                Code::UnknownKey,
                format!("unknown key \"{key}\" for {} ({known})", self.method.name),
            )
            .for_key(dotted));
        };
        let Some(value) = param.kind.accept(value) else {
            let shown = match value {
                Value::String(s) => format!("\"{s}\""),
                // JSON has no NaN: JavaScript sends null in its place.
                other => other.to_string(),
            };
            return Err(Error::new(Code::OutOfRange, format!("{shown} is not {}", param.kind.allowed()))
                .for_key(dotted)
                .with_value(shown));
        };
        self.values.insert(param.name, value);
        Ok(())
    }

    fn get(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or_else(|| panic!("{} has no parameter {name}", self.method.name))
    }

    /// A real parameter. Panics where the method has no such parameter (a bug of ours, not the user's).
    pub fn f64(&self, name: &str) -> f64 {
        self.get(name).as_f64().expect("checked as a number")
    }

    /// A real parameter in single precision.
    pub fn f32(&self, name: &str) -> f32 {
        self.f64(name) as f32
    }

    /// A whole, non-negative parameter.
    pub fn usize(&self, name: &str) -> usize {
        usize::try_from(self.get(name).as_i64().expect("checked as an integer"))
            .expect("checked as non-negative")
    }

    /// A switch.
    pub fn bool(&self, name: &str) -> bool {
        self.get(name).as_bool().expect("checked as a boolean")
    }

    /// A choice or text.
    pub fn str(&self, name: &str) -> &str {
        self.get(name).as_str().expect("checked as text")
    }

    /// As JSON, `name` first, every parameter written out: what goes into a run's record.
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), self.method.name.into());
        for p in self.method.params {
            map.insert(p.name.into(), self.values[p.name].clone());
        }
        Value::Object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static DEMO: Method = Method {
        name: "demo",
        title: "Demo",
        doc: "A demo.",
        formula: "",
        source: "",
        params: &[
            Param {
                name: "rate",
                title: "rate",
                doc: "",
                unit: "",
                kind: Kind::Float { min: 0.0, max: 1.0, default: 0.5, log: true },
            },
            Param {
                name: "count",
                title: "count",
                doc: "",
                unit: "",
                kind: Kind::Int { min: 1, max: 9, default: 3 },
            },
        ],
    };

    fn check(value: &Value) -> Result<Params> {
        Params::check(&DEMO, value.as_object().unwrap(), "demo")
    }

    #[test]
    fn defaults_and_whole_floats() {
        let p = check(&json!({"name": "demo", "count": 4.0})).unwrap();
        assert_eq!((p.f64("rate"), p.usize("count")), (0.5, 4));
    }

    #[test]
    fn errors_name_key_value_and_range() {
        let e = check(&json!({"rate": null})).unwrap_err();
        assert_eq!(e.to_string(), "demo.rate: null is not a number from 0 to 1");
        let e = check(&json!({"count": 10})).unwrap_err();
        assert_eq!(e.to_string(), "demo.count: 10 is not a whole number from 1 to 9");
        let e = check(&json!({"speed": 1})).unwrap_err();
        assert_eq!(e.to_string(), "demo.speed: unknown key \"speed\" for demo (it takes rate, count)");
    }
}
