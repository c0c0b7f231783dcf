//! A validator for the part of JSON Schema that `catalog::schema` uses; an unknown keyword is an error, so
//! that the schema cannot outgrow its test unseen.

use serde_json::Value;

/// Why `value` does not fit `schema`, if it does not.
pub fn violation(schema: &Value, value: &Value, at: &str) -> Option<String> {
    let schema = schema.as_object().expect("a schema is an object");
    schema.iter().find_map(|(keyword, rule)| {
        check(keyword, rule, schema, value, at)
            .map(|why| format!("{}: {why}", if at.is_empty() { "/" } else { at }))
    })
}

fn check(
    keyword: &str,
    rule: &Value,
    schema: &serde_json::Map<String, Value>,
    value: &Value,
    at: &str,
) -> Option<String> {
    match keyword {
        "$schema" | "title" | "description" | "default" => None,
        "type" => (!has_type(value, rule.as_str().unwrap())).then(|| format!("{value} is no {rule}")),
        "const" => (value != rule).then(|| format!("{value} is not {rule}")),
        "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("{value} is not in {rule}")),
        "pattern" => {
            let pattern = regex_lite::Regex::new(rule.as_str().unwrap()).expect("a regular expression");
            let fits = value.as_str().is_none_or(|text| pattern.is_match(text));
            (!fits).then(|| format!("{value} does not fit {rule}"))
        }
        "minimum" => (value.as_f64() < rule.as_f64()).then(|| format!("{value} is below {rule}")),
        "maximum" => (value.as_f64() > rule.as_f64()).then(|| format!("{value} is above {rule}")),
        "required" => {
            let missing = rule.as_array().unwrap().iter().find(|k| value.get(k.as_str().unwrap()).is_none());
            missing.map(|k| format!("{k} is missing"))
        }
        "additionalProperties" => {
            assert_eq!(rule, &Value::Bool(false));
            let known = schema["properties"].as_object().unwrap();
            value.as_object()?.keys().find(|k| !known.contains_key(*k)).map(|k| format!("unknown key {k}"))
        }
        "properties" => value.as_object()?.iter().find_map(|(key, inner)| {
            let rule = rule.get(key)?;
            violation(rule, inner, &format!("{at}/{key}"))
        }),
        "oneOf" => {
            let fits = rule.as_array().unwrap().iter().filter(|s| violation(s, value, at).is_none()).count();
            (fits != 1).then(|| format!("{fits} of the alternatives fit"))
        }
        other => panic!("keyword {other} is not known to this validator"),
    }
}

fn has_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        // JSON Schema counts 20.0 as a whole number.
        "integer" => value.as_f64().is_some_and(|v| v.fract() == 0.0),
        other => panic!("type {other} is not known to this validator"),
    }
}
