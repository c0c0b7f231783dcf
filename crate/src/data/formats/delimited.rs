//! Any CSV, TSV or otherwise separated file, with a mapping of its columns.

use super::collector::Collector;
use super::columns::{Columns, guess_by_names, guess_by_values, looks_like_header, numbered};
use super::delimiter::Delimiter;
use super::{ColumnMapping, Format, Head, LoadOptions, RowParser, fields};
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param};
use std::borrow::Cow;

const fn column(name: &'static str, title: &'static str, doc: &'static str) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Text { pattern: "", default: "" } }
}

/// Description of the delimited format.
pub static METHOD: Method = Method {
    name: "delimited",
    title: "CSV, TSV and the like",
    doc: "Rows of fields between commas, tabs, semicolons, bars, double colons or spaces; fields may be quoted.",
    formula: "",
    source: "RFC 4180",
    params: &[
        column("delimiter", "delimiter", "What separates the fields: , ; | :: tab, space; found when empty."),
        Param {
            name: "header",
            title: "header",
            doc: "Whether the first line names the columns.",
            unit: "",
            kind: Kind::Choice { options: &["auto", "yes", "no"], default: "auto" },
        },
        column(
            "user",
            "user column",
            "Name, or number from 1, of the column of user ids; guessed when empty.",
        ),
        column(
            "item",
            "item column",
            "Name, or number from 1, of the column of item ids; guessed when empty.",
        ),
        column("rating", "rating column", "Name, or number from 1, of the column of ratings, if any."),
        column("time", "time column", "Name, or number from 1, of the column of times, if any."),
    ],
};

/// The delimited format.
pub static FORMAT: Format = Format { method: &METHOD, detect, open };

fn detect(head: &Head<'_>) -> Option<u8> {
    let layout = Layout::of(head, None).ok()?;
    layout.mapping.map(|_| 40)
}

fn open(head: &Head<'_>, options: &LoadOptions) -> Result<Box<dyn RowParser>> {
    let layout = Layout::of(head, options.mapping.as_ref())?;
    let Some(mapping) = &layout.mapping else {
        return Err(Error::new(
            Code::UnknownFormat,
            format!(
                "it is not clear which columns hold the users and the items; the file has {}",
                layout.names.join(", ")
            ),
        ));
    };
    let columns = Columns::resolve(mapping, &layout.names)?;
    Ok(Box::new(Delimited::new(layout.delimiter, columns, layout.header)))
}

/// What the first lines say about a delimited file.
pub struct Layout {
    /// What separates the fields.
    pub delimiter: Delimiter,
    /// True if the first line names the columns.
    pub header: bool,
    /// Names of the columns, or their numbers from 1.
    pub names: Vec<String>,
    /// The first rows, without the header.
    pub rows: Vec<Vec<String>>,
    /// The mapping that was given, or the guess, where one is clear.
    pub mapping: Option<ColumnMapping>,
}

impl Layout {
    /// Looks at the head of a file; `given` decides what it states.
    ///
    /// # Errors
    /// [`Code::UnknownFormat`] if the lines do not split into fields.
    pub fn of(head: &Head<'_>, given: Option<&ColumnMapping>) -> Result<Self> {
        let delimiter = match given.and_then(|m| m.delimiter.as_deref()) {
            Some(text) => {
                let delimiter = Delimiter::parse(text)?;
                let first = head.lines.first().copied().unwrap_or_default();
                if delimiter.split_all(first).len() < 2 {
                    return Err(wrong_delimiter(delimiter, head));
                }
                delimiter
            }
            None => Delimiter::detect(&head.lines).ok_or_else(|| {
                let message = "the lines do not split into columns at , ; | :: tabs or spaces";
                Error::new(Code::UnknownFormat, message)
            })?,
        };
        let text = |field: Vec<u8>| String::from_utf8_lossy(&field).into_owned();
        let records = delimiter.records(&head.lines, 50);
        let mut rows: Vec<Vec<String>> = records
            .iter()
            .map(|record| delimiter.split_all(record).into_iter().map(text).collect())
            .collect();
        let header = given.and_then(|m| m.header).unwrap_or_else(|| names_columns(given, &rows));
        let names = if header && !rows.is_empty() {
            rows.remove(0)
        } else {
            numbered(rows.first().map_or(0, Vec::len))
        };
        let mapping = given.cloned().or_else(|| {
            let guess = if header { guess_by_names(&names) } else { guess_by_values(&rows) };
            guess.map(|m| ColumnMapping { delimiter: Some(delimiter.text()), header: Some(header), ..m })
        });
        Ok(Self { delimiter, header, names, rows, mapping })
    }
}

/// Whether the first row is a header: surely if the mapping names one of its fields.
fn names_columns(given: Option<&ColumnMapping>, rows: &[Vec<String>]) -> bool {
    let named = |m: &ColumnMapping| {
        let is_name = |column: &str| {
            column.parse::<usize>().is_err()
                && rows.first().is_some_and(|row| row.iter().any(|field| field.eq_ignore_ascii_case(column)))
        };
        is_name(&m.user) || is_name(&m.item)
    };
    given.is_some_and(named) || looks_like_header(rows)
}

fn wrong_delimiter(delimiter: Delimiter, head: &Head<'_>) -> Error {
    let hint = match Delimiter::detect(&head.lines) {
        Some(other) => format!("; it seems to be \"{}\"", other.shown()),
        None => String::new(),
    };
    Error::new(Code::UnknownFormat, format!("there is no delimiter \"{}\"{hint}", delimiter.shown()))
        .at_line(1)
        .with_value(delimiter.text())
}

/// What a column of the file is read as.
const USER: u8 = 0;
const ITEM: u8 = 1;
const RATING: u8 = 2;
const TIME: u8 = 3;
const SKIP: u8 = u8::MAX;

/// A quoted field may run over lines, but not for longer than this.
const MAX_RECORD: usize = 1 << 20;

/// The parser of every format whose lines are separated fields.
pub struct Delimited {
    delimiter: Delimiter,
    columns: Columns,
    /// What each column up to the last that is read holds.
    roles: Vec<u8>,
    skip_header: bool,
    /// A record whose quoted field goes on in the next line, and where it began.
    open_record: Vec<u8>,
    open_line: u64,
}

impl Delimited {
    /// A parser for these columns; `header`: the first line names them.
    pub fn new(delimiter: Delimiter, columns: Columns, header: bool) -> Self {
        let mut roles = Vec::new();
        let places = [
            (Some(columns.user), USER),
            (Some(columns.item), ITEM),
            (columns.rating, RATING),
            (columns.time, TIME),
        ];
        for (column, role) in places {
            if let Some(column) = column {
                roles.resize(roles.len().max(column + 1), SKIP);
                roles[column] = role;
            }
        }
        Self { delimiter, columns, roles, skip_header: header, open_record: Vec::new(), open_line: 0 }
    }

    fn record(&self, line: &[u8], number: u64, out: &mut Collector) -> Result<()> {
        let mut values: [Cow<'_, [u8]>; 4] = Default::default();
        let mut rest = Some(line);
        for (column, &role) in self.roles.iter().enumerate() {
            let Some(line) = rest else {
                return Err(self.too_few(column, number));
            };
            if role == SKIP {
                rest = self.delimiter.next_field(line).1;
                continue;
            }
            let (field, after) = self.delimiter.next_field(line);
            values[usize::from(role)] = field.text();
            rest = after;
        }
        let [user, item, rating, time] = values;
        let place = |column: Option<usize>| {
            let name = column.map_or("?", |c| self.columns.name(c)).to_owned();
            move |e: Error| e.in_column(name).at_line(number)
        };
        let rating = match self.columns.rating {
            None => None,
            column => fields::rating(&rating).map_err(|e| place(column)(e))?,
        };
        let time = match self.columns.time {
            None => None,
            column => Some(fields::time(&time).map_err(|e| place(column)(e))?),
        };
        out.add(&user, &item, rating, time).map_err(|e| e.at_line(number))
    }

    fn too_few(&self, found: usize, number: u64) -> Error {
        let s = if found == 1 { "" } else { "s" };
        let message = format!("the line has {found} field{s} and no such column");
        Error::new(Code::BadValue, message).at_line(number).in_column(self.columns.name(found))
    }
}

impl RowParser for Delimited {
    fn line(&mut self, line: &[u8], number: u64, out: &mut Collector) -> Result<()> {
        if self.skip_header {
            self.skip_header = false;
            return Ok(());
        }
        if self.open_record.is_empty() {
            // One search settles nearly every line; only the others are looked at closely.
            let spans = self.delimiter.spans_lines()
                && memchr::memchr(b'"', line).is_some()
                && self.delimiter.ends_in_quotes(line);
            if !spans {
                return self.record(line, number, out);
            }
            self.open_line = number;
        } else {
            self.open_record.push(b'\n');
        }
        self.open_record.extend_from_slice(line);
        if self.open_record.len() > MAX_RECORD {
            return self.finish();
        }
        if self.delimiter.ends_in_quotes(&self.open_record) {
            return Ok(());
        }
        let record = std::mem::take(&mut self.open_record);
        self.record(&record, self.open_line, out)
    }

    fn finish(&mut self) -> Result<()> {
        if self.open_record.is_empty() {
            return Ok(());
        }
        Err(Error::new(Code::BadValue, "a quoted field begins here and never ends").at_line(self.open_line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::Reader;
    use crate::data::interactions::Interactions;

    fn read(text: &str, mapping: Option<ColumnMapping>) -> Result<Interactions> {
        let mut reader = Reader::new("x.csv", LoadOptions { mapping, ..LoadOptions::default() });
        reader.push(text.as_bytes())?;
        reader.finish()
    }

    #[test]
    fn quoted_fields_may_span_lines() {
        let data =
            read("user,item,text,rating\n\"u,1\",a,\"one\ntwo \"\"2\"\"\",5\nu2,b,plain,4\n", None).unwrap();
        assert_eq!(data.users, ["u,1", "u2"]);
        assert_eq!(data.rows.iter().map(|r| r.rating).collect::<Vec<_>>(), [5.0, 4.0]);
        let e = read("user,item,text\n1,2,x\n3,4,\"five\n6,7,eight\n", None).unwrap_err();
        assert_eq!(e.to_string(), "x.csv, line 3: a quoted field begins here and never ends");
    }

    #[test]
    fn mark_line_ends_and_blank_lines_do_not_matter() {
        let plain = read("user,item,time\n1,2,3\n4,5,6\n", None).unwrap();
        let messy = read("\u{feff}user,item,time\r\n\r\n1, 2 ,3\r\n  \r\n4,5,6", None).unwrap();
        // The fingerprint covers ids and rows; the rows themselves hold NaN for the missing rating.
        assert_eq!(plain.fingerprint, messy.fingerprint);
    }

    #[test]
    fn mapping_by_number_without_header() {
        let mapping = ColumnMapping {
            delimiter: Some(";".into()),
            header: Some(false),
            user: "3".into(),
            item: "1".into(),
            time: Some("2".into()),
            rating: None,
        };
        let data = read("x;10;u\ny;20;u\n", Some(mapping)).unwrap();
        assert_eq!((data.users.len(), data.items, data.rows[1].time), (1, vec!["x".into(), "y".into()], 20));
    }
}
