//! A look at a file's first rows, for the step in which people say which column is what.

use super::delimited::Layout;
use super::gzip::Gunzip;
use super::reader::short;
use super::text::{HEAD, check_text, head_lines};
use super::{ColumnMapping, Head, LoadOptions, archive, columns, find_format, jsonl, recbole};
use crate::error::{Code, Error, Result};
use serde::Serialize;

/// How many rows a preview shows.
const ROWS: usize = 12;

/// A file's first rows and what the engine makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Name of the format that fits; `None` if none does without a mapping.
    pub format: Option<&'static str>,
    /// What separates the fields, for separated files.
    pub delimiter: Option<String>,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Names of the columns, or their numbers from 1.
    pub columns: Vec<String>,
    /// The first rows, without the header.
    pub rows: Vec<Vec<String>>,
    /// The mapping: as given, or guessed where the columns are clear.
    pub mapping: Option<ColumnMapping>,
}

/// Looks at the first bytes of a file (some 64 KiB do; of a zip all, else only its format is told).
///
/// # Errors
/// [`Code::EmptyFile`], [`Code::NotText`], and what is wrong with the options.
pub fn preview(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Preview> {
    let look = || {
        if bytes.starts_with(b"PK\x03\x04") {
            return match archive::head(bytes, HEAD) {
                Ok((entry, head)) => unpacked(&entry, &head, head.len() < HEAD, options),
                Err(_) => Ok(nothing(Some("archive"))),
            };
        }
        unpacked(&short(name), bytes, false, options)
    };
    look().map_err(|e| e.in_file(name))
}

fn nothing(format: Option<&'static str>) -> Preview {
    Preview { format, delimiter: None, header: false, columns: Vec::new(), rows: Vec::new(), mapping: None }
}

fn unpacked(name: &str, bytes: &[u8], at_end: bool, options: &LoadOptions) -> Result<Preview> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return text(name, &bytes[..bytes.len().min(HEAD)], at_end, options);
    }
    let mut head = Vec::new();
    let mut sink = |out: &[u8]| {
        head.extend_from_slice(&out[..out.len().min(HEAD - head.len())]);
        if head.len() == HEAD { Err(Error::cancelled()) } else { Ok(()) }
    };
    let mut gunzip = Gunzip::new(options.limits);
    let unpacked = gunzip.push(bytes, &mut sink).and_then(|()| gunzip.finish(&mut sink));
    // The bytes may well stop in the middle: only what came out counts, unless nothing did.
    match unpacked {
        Err(e) if head.is_empty() => Err(e),
        _ => text(&short(name), &head, false, options),
    }
}

fn text(name: &str, bytes: &[u8], at_end: bool, options: &LoadOptions) -> Result<Preview> {
    check_text(bytes)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = Head { name, lines: head_lines(bytes, at_end) };
    let Some(first) = head.lines.first() else {
        return Err(Error::new(Code::EmptyFile, "the file is empty"));
    };
    let found = match find_format(&head, options) {
        Ok(format) => Some(format.method.name),
        Err(e) if e.code == Code::UnknownFormat => None,
        Err(e) => return Err(e),
    };
    match found {
        Some("jsonl") => Ok(json_preview(&head, options)),
        Some("recbole") => Ok(recbole_preview(&head, recbole::header(first).unwrap_or_default(), options)),
        Some("adjacency") => {
            let split = |line: &&[u8]| {
                super::delimiter::Delimiter::Spaces.split_all(line).into_iter().map(lossy).collect()
            };
            let rows = head.lines.iter().take(ROWS).map(split).collect();
            Ok(Preview { delimiter: Some(" ".into()), rows, ..nothing(found) })
        }
        _ => Ok(table(&head, found, options)),
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn table(head: &Head<'_>, format: Option<&'static str>, options: &LoadOptions) -> Preview {
    match Layout::of(head, options.mapping.as_ref()) {
        Ok(layout) => {
            let mut rows = layout.rows;
            rows.truncate(ROWS);
            Preview {
                format,
                delimiter: Some(layout.delimiter.text()),
                header: layout.header,
                columns: layout.names,
                rows,
                mapping: layout.mapping,
            }
        }
        Err(_) => {
            // The lines as they are, so that people see what the separator might be.
            let rows = head.lines.iter().take(ROWS).map(|line| vec![lossy(line.to_vec())]).collect();
            Preview { columns: columns::numbered(1), rows, ..nothing(None) }
        }
    }
}

fn recbole_preview(head: &Head<'_>, names: Vec<String>, options: &LoadOptions) -> Preview {
    let tab = super::delimiter::Delimiter::Byte(b'\t');
    let rows = head.lines.iter().skip(1).take(ROWS);
    Preview {
        format: Some("recbole"),
        delimiter: Some(tab.text()),
        header: true,
        rows: rows.map(|line| tab.split_all(line).into_iter().map(lossy).collect()).collect(),
        mapping: options.mapping.clone().or_else(|| columns::guess_by_names(&names)),
        columns: names,
    }
}

fn json_preview(head: &Head<'_>, options: &LoadOptions) -> Preview {
    let objects: Vec<_> = head.lines.iter().take(ROWS).filter_map(|line| jsonl::object(line).ok()).collect();
    let names: Vec<String> =
        objects.first().map_or_else(Vec::new, |object| object.iter().map(|(key, _)| key.clone()).collect());
    let value = |object: &Vec<(String, String)>, name: &String| {
        object.iter().find(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.clone())
    };
    let rows = objects.iter().map(|object| names.iter().map(|name| value(object, name)).collect()).collect();
    Preview {
        mapping: options.mapping.clone().or_else(|| columns::guess_by_names(&names)),
        columns: names,
        rows,
        ..nothing(Some("jsonl"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, text: &str) -> Preview {
        preview(name, text.as_bytes(), &LoadOptions::default()).unwrap()
    }

    #[test]
    fn guesses_of_common_files() {
        let p = look(
            "yelp.csv",
            "review_id,user_id,business_id,stars,date\nx,u,b,4,2016-03-09\ny,u,c,1,2016-03-09\n",
        );
        assert_eq!((p.format, p.header, p.rows.len()), (Some("delimited"), true, 2));
        let m = p.mapping.unwrap();
        assert_eq!(
            (m.user.as_str(), m.item.as_str(), m.rating.unwrap().as_str()),
            ("user_id", "business_id", "stars")
        );

        let p = look(
            "a.json",
            "{\"reviewerID\":\"A\",\"asin\":\"B\",\"overall\":5.0,\"unixReviewTime\":1252800000}\n",
        );
        assert_eq!((p.format, p.columns.len()), (Some("jsonl"), 4));
        assert_eq!(p.mapping.unwrap().time.unwrap(), "unixReviewTime");
    }

    #[test]
    fn what_is_not_clear_has_no_mapping() {
        let p = look("x.csv", "a;b;c\nq;w;e\nr;t;z\n");
        assert_eq!((p.format, p.delimiter.as_deref(), p.mapping), (None, Some(";"), None));
        assert_eq!(look("x.txt", "one\ntwo\n").rows, [["one"], ["two"]]);
        assert_eq!(preview("x", b" \n", &LoadOptions::default()).unwrap_err().code, Code::EmptyFile);
    }
}
