//! Tables of methods and their lookup by name.

use crate::error::{Code, Error, Result};
use crate::params::{Method, Params};
use serde_json::{Map, Value};

/// A model; it also says whether it is trained over epochs, and which sections of a configuration it reads
/// besides `data`, `model` and `evaluate`.
pub struct ModelEntry<B: 'static> {
    /// Its description.
    pub method: &'static Method,
    /// True for models trained over epochs. These are written in a backend's primitives: they can be trained on a
    /// GPU as well.
    pub iterative: bool,
    /// Of `init`, `loss`, `regularizer`, `optimizer` and `train` those that it reads.
    pub sections: &'static [&'static str],
    /// Its builder.
    pub build: B,
}

/// Anything with a description.
pub trait Described {
    /// The description.
    fn method(&self) -> &'static Method;
}

impl Described for &'static Method {
    fn method(&self) -> &'static Method {
        self
    }
}

/// A method and what builds it.
impl<B> Described for (&'static Method, B) {
    fn method(&self) -> &'static Method {
        self.0
    }
}

impl<B> Described for ModelEntry<B> {
    fn method(&self) -> &'static Method {
        self.method
    }
}

/// All methods of one kind; never empty.
pub struct Table<E: 'static> {
    /// What an entry is, in the singular: `model`, `initialisation`, … (for messages).
    pub kind: &'static str,
    /// The section of a configuration that chooses one: `model`, `init`, …
    pub section: &'static str,
    /// The entries; the first is the default.
    pub entries: &'static [E],
}

impl<E: Described> Table<E> {
    /// The descriptions, in order.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = &'static Method> + use<E> {
        self.entries.iter().map(Described::method)
    }

    /// The entry of this name.
    ///
    /// # Errors
    /// [`Code::UnknownName`], listing what there is and the name that comes nearest.
    pub fn find(&self, name: &str) -> Result<&'static E> {
        self.entries.iter().find(|e| e.method().name == name).ok_or_else(|| {
            unknown_name(self.kind, name, self.methods().map(|m| m.name))
                .for_key(format!("{}.name", self.section))
        })
    }

    /// Checks one section of a configuration: `{"name": "adam", "learning_rate": 0.01}`. Without a section
    /// (or a name in it) the table's first entry stands.
    ///
    /// # Errors
    /// [`Code::UnknownName`], [`Code::UnknownKey`] or [`Code::OutOfRange`], with key and value.
    pub fn params(&self, section: Option<&Value>) -> Result<Params> {
        let empty = Map::new();
        let given = object(section, self.section, &empty)?;
        let method = match given.get("name") {
            None => self.entries[0].method(),
            Some(Value::String(name)) => self.find(name)?.method(),
            Some(other) => {
                return Err(Error::new(Code::OutOfRange, format!("{other} is not the name of a method"))
                    .for_key(format!("{}.name", self.section))
                    .with_value(other.to_string()));
            }
        };
        Params::check(method, given, self.section)
    }
}

/// The object at `key`, or an empty one when it is absent.
pub(crate) fn object<'a>(
    section: Option<&'a Value>,
    key: &str,
    empty: &'a Map<String, Value>,
) -> Result<&'a Map<String, Value>> {
    match section {
        None => Ok(empty),
        Some(Value::Object(map)) => Ok(map),
        Some(other) => Err(Error::new(Code::OutOfRange, format!("{other} is not an object of settings"))
            .for_key(key)
            .with_value(other.to_string())),
    }
}

/// The error for a name that is not among `known`.
pub fn unknown_name(kind: &str, name: &str, known: impl Iterator<Item = &'static str>) -> Error {
    let known: Vec<_> = known.collect();
    let hint =
        nearest(name, known.iter().copied()).map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
    Error::new(
        Code::UnknownName,
        format!("there is no {kind} \"{name}\" (there are {}){hint}", known.join(", ")),
    )
    .with_value(name)
}

/// The name that `wanted` is most likely a slip of, if any comes near: hyphens, underscores and case do not
/// count, and at most a third of the letters may differ.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain =
        |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let wanted = plain(wanted);
    names
        .map(|name| (edit_distance(&wanted, &plain(name)), name))
        .filter(|(distance, name)| distance * 3 <= wanted.len().max(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_forgives_slips_but_does_not_guess() {
        let names = ["top-pop", "item-knn", "user-knn", "mf"];
        assert_eq!(nearest("ItemKNN", names.into_iter()), Some("item-knn"));
        assert_eq!(nearest("toppop", names.into_iter()), Some("top-pop"));
        assert_eq!(nearest("transformer", names.into_iter()), None);
    }

    #[test]
    fn unknown_names_list_what_there_is() {
        let e = unknown_name("model", "item_knn", ["item-knn", "mf"].into_iter());
        assert_eq!(
            e.message,
            "there is no model \"item_knn\" (there are item-knn, mf); did you mean \"item-knn\"?"
        );
    }
}
