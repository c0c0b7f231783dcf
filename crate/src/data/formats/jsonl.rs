//! JSON lines: one object a line, as Yelp and Amazon reviews.

use super::collector::Collector;
use super::columns::{Columns, guess_by_names};
use super::{Format, Head, LoadOptions, RowParser, fields};
use crate::error::{Code, Error, Result};
use crate::params::Method;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Description of the JSON lines format.
pub static METHOD: Method = Method {
    name: "jsonl",
    title: "JSON lines",
    doc: "One JSON object a line; the mapping names the keys of users, items, ratings and times.",
    formula: "",
    source: "jsonlines.org",
    params: &[],
};

/// The JSON lines format.
pub static FORMAT: Format = Format { method: &METHOD, detect, open };

fn detect(head: &Head<'_>) -> Option<u8> {
    head.lines.first()?.trim_ascii_start().starts_with(b"{").then_some(95)
}

/// The keys of the first object and their values as text, in order; for preview and mapping.
///
/// # Errors
/// [`Code::BadValue`] if the line is no JSON object.
pub fn object(line: &[u8]) -> Result<Vec<(String, String)>> {
    let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).map_err(bad_json)?;
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(map.into_iter().map(|(key, value)| (key, text(value))).collect())
}

fn bad_json(e: serde_json::Error) -> Error {
    // serde_json counts lines within the line: only its column means something here.
    let text = e.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    Error::new(Code::BadValue, format!("not a JSON object: {reason} at character {}", e.column()))
}

fn open(head: &Head<'_>, options: &LoadOptions) -> Result<Box<dyn RowParser>> {
    let first = head.lines.first().copied().unwrap_or_default();
    let names: Vec<String> =
        object(first).map_err(|e| e.at_line(1))?.into_iter().map(|(key, _)| key).collect();
    let mapping = options.mapping.clone().or_else(|| guess_by_names(&names)).ok_or_else(|| {
        let message = format!(
            "it is not clear which keys hold the users and the items; the file has {}",
            names.join(", ")
        );
        Error::new(Code::UnknownFormat, message)
    })?;
    Ok(Box::new(Jsonl(Columns::resolve(&mapping, &names)?)))
}

struct Jsonl(Columns);

impl RowParser for Jsonl {
    fn line(&mut self, line: &[u8], number: u64, out: &mut Collector) -> Result<()> {
        let columns = &self.0;
        let key = |column: Option<usize>| column.map(|c| columns.name(c));
        let keys = [key(Some(columns.user)), key(Some(columns.item)), key(columns.rating), key(columns.time)];
        let mut json = serde_json::Deserializer::from_slice(line);
        let values = Pick(keys)
            .deserialize(&mut json)
            .and_then(|values| json.end().map(|()| values))
            .map_err(|e| bad_json(e).at_line(number))?;
        let field = |n: usize| {
            let missing = || {
                let message = "the object has no such key, or no text or number there";
                Error::new(Code::BadValue, message).at_line(number).in_column(keys[n].unwrap_or("?"))
            };
            values[n].as_deref().ok_or_else(missing)
        };
        let place = |n: usize| move |e: Error| e.at_line(number).in_column(keys[n].unwrap_or("?"));
        let (user, item) = (field(0)?, field(1)?);
        // A missing or null rating is no rating; a missing time would sort anywhere.
        let rating = fields::rating(values[2].as_deref().unwrap_or("").as_bytes()).map_err(place(2))?;
        let time = match keys[3] {
            None => None,
            Some(_) => Some(fields::time(field(3)?.as_bytes()).map_err(place(3))?),
        };
        out.add(user.trim().as_bytes(), item.trim().as_bytes(), rating, time).map_err(|e| e.at_line(number))
    }
}

/// Reads the wanted keys of an object and skips the others without building them.
struct Pick<'k>([Option<&'k str>; 4]);

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = [Option<String>; 4];
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = [Option<String>; 4];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = [None, None, None, None];
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0.iter().position(|wanted| *wanted == Some(&*key)) {
                Some(n) => {
                    values[n] = match map.next_value::<serde_json::Value>()? {
                        serde_json::Value::String(text) => Some(text),
                        serde_json::Value::Number(number) => Some(number.to_string()),
                        _ => None,
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::Reader;
    use crate::data::interactions::Interactions;

    fn read(text: &str) -> Result<Interactions> {
        let mut reader = Reader::new("r.jsonl", LoadOptions::default());
        reader.push(text.as_bytes())?;
        reader.finish()
    }

    #[test]
    fn objects() {
        let data = read(concat!(
            "{\"review_id\": \"x\", \"user_id\": \"é\\u00e9\", \"business_id\": 12, \"stars\": 4.0, \"date\": \"2016-03-09 00:00:00\", \"text\": {\"a\": [1]}}\n",
            "{\"user_id\": \"b\", \"stars\": null, \"business_id\": \"12\", \"date\": \"7\"}\n"
        ))
        .unwrap();
        assert_eq!((data.users, data.items), (vec!["éé".into(), "b".into()], vec!["12".into()]));
        assert_eq!(data.rows[0].time, 1_457_481_600);
        assert!(data.rows[1].rating.is_nan());
    }

    #[test]
    fn faults() {
        let e = read("{\"user\": 1, \"item\": 2}\n{\"user\": 1, \"item\": }\n").unwrap_err();
        assert_eq!(e.to_string(), "r.jsonl, line 2: not a JSON object: expected value at character 21");
        let e = read("{\"user\": 1, \"item\": 2}\n{\"user\": 1}\n").unwrap_err();
        assert_eq!(
            e.to_string(),
            "r.jsonl, line 2, column item: the object has no such key, or no text or number there"
        );
    }
}
