//! The JSON Schema of a run's configuration, generated from the tables.

use super::{Described, INITS, LOSSES, MODELS, OPTIMIZERS, REGULARIZERS, RUN, Table};
use crate::params::{Kind, Method, Param};
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of a run's configuration: what [`RunConfig::parse`](crate::config::RunConfig)
/// accepts, but for the checks between keys.
pub fn schema() -> Value {
    let section = |of: &'static Method| object(of, false);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of a Warren run",
        "type": "object",
        "additionalProperties": false,
        "required": ["model"],
        "properties": {
            "seed": property(&RUN.params[0]),
            "data": section(super::data()),
            "model": choice(&MODELS),
            "init": choice(&INITS),
            "loss": choice(&LOSSES),
            "regularizer": choice(&REGULARIZERS),
            "optimizer": choice(&OPTIMIZERS),
            "train": section(super::train()),
            "evaluate": section(super::evaluate()),
        },
    })
}

/// One of the methods of a table. Its first entry may go unnamed, except where there is no such default.
fn choice<E: Described>(table: &Table<E>) -> Value {
    let entries: Vec<Value> = table.methods().map(|m| object(m, true)).collect();
    let default = table.entries[0].method().name;
    json!({ "title": table.kind, "oneOf": entries, "default": { "name": default } })
}

/// The object of one method's parameters, with its `name` where it is chosen by name.
fn object(method: &Method, named: bool) -> Value {
    let mut properties = Map::new();
    if named {
        properties.insert("name".into(), json!({ "const": method.name }));
    }
    for param in method.params {
        properties.insert(param.name.into(), property(param));
    }
    let mut out = Map::new();
    out.insert("title".into(), method.title.into());
    out.insert("description".into(), method.doc.into());
    out.insert("type".into(), "object".into());
    out.insert("additionalProperties".into(), false.into());
    if named {
        out.insert("required".into(), json!(["name"]));
    }
    out.insert("properties".into(), Value::Object(properties));
    Value::Object(out)
}

/// The schema of one parameter.
fn property(param: &Param) -> Value {
    let mut out = match param.kind {
        Kind::Float { min, max, default, .. } => {
            json!({ "type": "number", "minimum": min, "maximum": max, "default": default })
        }
        Kind::Int { min, max, default } => {
            json!({ "type": "integer", "minimum": min, "maximum": max, "default": default })
        }
        Kind::Bool { default } => json!({ "type": "boolean", "default": default }),
        Kind::Choice { options, default } => json!({ "enum": options, "default": default }),
        Kind::Text { pattern: "", default } => json!({ "type": "string", "default": default }),
        Kind::Text { pattern, default } => {
            json!({ "type": "string", "pattern": pattern, "default": default })
        }
    };
    out["title"] = param.title.into();
    let unit = if param.unit.is_empty() { String::new() } else { format!(" (unit: {})", param.unit) };
    out["description"] = format!("{}{unit}", param.doc).into();
    out
}
