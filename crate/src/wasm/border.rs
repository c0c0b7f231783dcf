//! What crosses the border: plain objects for structures, typed arrays for tables, errors as objects.
//!
//! Inwards by way of JSON text, so that `undefined` keys vanish and NaN becomes `null`, which the
//! configuration check then rejects by name.

use crate::error::{Code, Error, Result};
use js_sys::{JSON, Object, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// Largest whole number up to which a JavaScript number holds every one exactly.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;

/// What a bound function gives JavaScript: a value, or an error object to throw.
pub type JsResult<T = JsValue> = std::result::Result<T, JsValue>;

/// `value` as what `JSON.parse` would make of its JSON: maps are plain objects, all numbers are numbers.
///
/// # Errors
/// [`Code::BadState`] if it cannot be converted, which is a bug of ours.
pub fn to_js(value: &impl Serialize) -> Result<JsValue> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|e| Error::new(Code::BadState, format!("a result that JavaScript cannot hold: {e}")))
}

/// [`to_js`] with further members, such as typed arrays, that JSON cannot carry.
///
/// # Errors
/// As [`to_js`].
pub fn to_js_with(value: &impl Serialize, members: &[(&str, JsValue)]) -> Result<JsValue> {
    let object = to_js(value)?;
    for (name, member) in members {
        // Cannot fail: the object is a plain one that we have just made.
        let _ = Reflect::set(&object, &JsValue::from_str(name), member);
    }
    Ok(object)
}

/// Reads plain JavaScript data; `undefined` and `null` as a whole read as JSON `null`.
///
/// # Errors
/// [`Code::OutOfRange`] with what does not fit, under the name `what` of the argument.
pub fn from_js<T: DeserializeOwned>(value: &JsValue, what: &str) -> Result<T> {
    let text = JSON::stringify(value).ok().and_then(|s| s.as_string()).unwrap_or_else(|| "null".into());
    serde_json::from_str(&text)
        .map_err(|e| Error::new(Code::OutOfRange, format!("{what}: {e}")).for_key(what.to_owned()))
}

/// A whole, non-negative number that a JavaScript number holds exactly (seeds, counts, handles).
///
/// # Errors
/// [`Code::OutOfRange`] under the argument's name.
pub fn whole(value: f64, what: &str) -> Result<u64> {
    if value.fract() == 0.0 && (0.0..=MAX_SAFE).contains(&value) {
        return Ok(value as u64);
    }
    Err(Error::new(Code::OutOfRange, format!("{value} is not a whole number from 0 to 2^53 - 1"))
        .for_key(what.to_owned())
        .with_value(value.to_string()))
}

/// A row number below `n`.
///
/// # Errors
/// [`Code::OutOfRange`] under the argument's name.
pub fn index(value: f64, n: usize, what: &str) -> Result<u32> {
    let whole = whole(value, what)?;
    if whole < n as u64 {
        return Ok(whole as u32);
    }
    Err(Error::new(
        Code::OutOfRange,
        format!("there is no {what} {whole}: they are numbered from 0 to {}", n.saturating_sub(1)),
    )
    .for_key(what.to_owned())
    .with_value(whole.to_string()))
}

impl From<Error> for JsValue {
    /// An object with the error's fields; `message` says the place too, `detail` does not.
    fn from(error: Error) -> Self {
        let full = JsValue::from_str(&error.to_string());
        let detail = JsValue::from_str(&error.message);
        to_js_with(&error, &[("message", full), ("detail", detail)]).unwrap_or_else(|_| Object::new().into())
    }
}
