//! What separates the fields of a line, and splitting at it.

use crate::error::{Code, Error, Result};

/// A field separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// One ASCII character.
    Byte(u8),
    /// `::`, as in MovieLens 1M.
    DoubleColon,
    /// One or more spaces or tabs.
    Spaces,
}

/// What detection tries, the least ambiguous first.
const CANDIDATES: [Delimiter; 6] = [
    Delimiter::DoubleColon,
    Delimiter::Byte(b'\t'),
    Delimiter::Byte(b','),
    Delimiter::Byte(b';'),
    Delimiter::Byte(b'|'),
    Delimiter::Spaces,
];

impl Delimiter {
    /// From a mapping's text.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if it is not a separator that can be used.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "::" => Ok(Self::DoubleColon),
            "tab" | "\\t" | "\t" => Ok(Self::Byte(b'\t')),
            "space" | " " => Ok(Self::Spaces),
            _ => match text.as_bytes() {
                &[b] if b.is_ascii() && !b.is_ascii_alphanumeric() && !b"\"\r\n".contains(&b) => {
                    Ok(Self::Byte(b))
                }
                _ => Err(Error::new(
                    Code::OutOfRange,
                    format!("\"{text}\" is not a delimiter (one of , ; | :: tab space or another sign)"),
                )
                .for_key("mapping.delimiter")
                .with_value(text)),
            },
        }
    }

    /// As a mapping's text: `,`, a tab, `::`, a space, …
    pub fn text(self) -> String {
        match self {
            Self::Byte(b) => char::from(b).to_string(),
            Self::DoubleColon => "::".into(),
            Self::Spaces => " ".into(),
        }
    }

    /// For people: as [`Delimiter::text`], with names for what cannot be seen.
    pub fn shown(self) -> String {
        match self {
            Self::Byte(b'\t') => "tab".into(),
            Self::Spaces => "space".into(),
            other => other.text(),
        }
    }

    /// Whether fields may be quoted: never where the separator is not CSV's kind.
    pub fn has_quotes(self) -> bool {
        matches!(self, Self::Byte(_))
    }

    /// The separator that splits the lines into the same number (at least two) of fields.
    pub fn detect(lines: &[&[u8]]) -> Option<Self> {
        CANDIDATES.into_iter().find(|&candidate| {
            let records = candidate.records(lines, 50);
            let count = |record: &Vec<u8>| candidate.split_all(record).len();
            let n = records.first().map_or(0, count);
            let faults = records.iter().filter(|record| count(record) != n).count();
            // Nine in ten, or all but one: a faulty row is an error with its line, not another format.
            // Not so with spaces, which separate the words of any text.
            let few = candidate != Self::Spaces && records.len() > 2 && faults * 10 <= records.len().max(10);
            n >= 2 && (faults == 0 || few)
        })
    }

    /// The first records of lines: a record whose quoted field spans lines is put together again.
    pub fn records(self, lines: &[&[u8]], most: usize) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        let mut lines = lines.iter();
        while let Some(line) = lines.next().filter(|_| records.len() < most) {
            let mut record = line.to_vec();
            while self.spans_lines() && self.ends_in_quotes(&record) {
                let Some(next) = lines.next() else { return records };
                record.push(b'\n');
                record.extend_from_slice(next);
            }
            records.push(record);
        }
        records
    }

    /// Whether a quoted field may go on in the next line. A stray quote in a TSV is common and means
    /// nothing, so there it may not.
    pub fn spans_lines(self) -> bool {
        self.has_quotes() && self != Self::Byte(b'\t')
    }

    /// All fields of a line, trimmed and unquoted.
    pub fn split_all(self, line: &[u8]) -> Vec<Vec<u8>> {
        let mut fields = Vec::new();
        let mut rest = Some(line);
        while let Some(line) = rest {
            let (field, after) = self.next_field(line);
            fields.push(field.text().into_owned());
            rest = after;
        }
        fields
    }

    /// The first field of a line and what follows its separator (`None` at the line's end).
    pub fn next_field(self, line: &[u8]) -> (Field<'_>, Option<&[u8]>) {
        let line = if self == Self::Spaces { line.trim_ascii_start() } else { line };
        if self.has_quotes()
            && line.first() == Some(&b'"')
            && let Some(end) = closing_quote(line)
        {
            let field = Field { raw: &line[1..end], quoted: true };
            let rest = &line[end + 1..];
            let after = self.find(rest).map(|(at, width)| &rest[at + width..]);
            return (field, after);
        }
        match self.find(line) {
            Some((at, width)) => (Field { raw: &line[..at], quoted: false }, Some(&line[at + width..])),
            None => (Field { raw: line, quoted: false }, None),
        }
    }

    /// Where the next separator is, and how long it is.
    #[inline]
    pub fn find(self, line: &[u8]) -> Option<(usize, usize)> {
        match self {
            Self::Byte(b) => line.iter().position(|&x| x == b).map(|at| (at, 1)),
            Self::DoubleColon => line.windows(2).position(|pair| pair == b"::").map(|at| (at, 2)),
            Self::Spaces => {
                let at = line.iter().position(|b| matches!(b, b' ' | b'\t'))?;
                let width = line[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                // Spaces at the end separate nothing.
                (at + width < line.len()).then_some((at, width))
            }
        }
    }

    /// True if the line ends inside a quoted field, which then goes on in the next line.
    pub fn ends_in_quotes(self, line: &[u8]) -> bool {
        let mut rest = Some(line);
        while let Some(line) = rest {
            if self.has_quotes() && line.first() == Some(&b'"') && closing_quote(line).is_none() {
                return true;
            }
            rest = self.next_field(line).1;
        }
        false
    }
}

/// Place of the quote that ends the quoted field at the line's start; doubled quotes do not end it.
fn closing_quote(line: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', &line[at..])?;
        if line.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// A field as it stands in its line.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    raw: &'a [u8],
    quoted: bool,
}

impl<'a> Field<'a> {
    /// Its value: trimmed if bare, with doubled quotes halved if quoted.
    pub fn text(self) -> std::borrow::Cow<'a, [u8]> {
        if !self.quoted {
            return self.raw.trim_ascii().into();
        }
        if memchr::memchr(b'"', self.raw).is_none() {
            return self.raw.into();
        }
        let mut out = Vec::with_capacity(self.raw.len());
        let mut bytes = self.raw.iter();
        while let Some(&byte) = bytes.next() {
            out.push(byte);
            if byte == b'"' {
                bytes.next();
            }
        }
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(delimiter: Delimiter, line: &str) -> Vec<String> {
        delimiter.split_all(line.as_bytes()).into_iter().map(|f| String::from_utf8(f).unwrap()).collect()
    }

    #[test]
    fn splits() {
        let comma = Delimiter::Byte(b',');
        assert_eq!(split(comma, r#"1,"Postman, The ""Il""",x"#), ["1", "Postman, The \"Il\"", "x"]);
        assert_eq!(split(comma, "a,,"), ["a", "", ""]);
        assert_eq!(split(Delimiter::DoubleColon, "1::a:b::\"c"), ["1", "a:b", "\"c"]);
        assert_eq!(split(Delimiter::Spaces, " 1  2\t3 "), ["1", "2", "3"]);
        assert!(!comma.ends_in_quotes(br#"1,"a""#) && comma.ends_in_quotes(br#"1,"a"",b"#));
    }

    #[test]
    fn detects() {
        let found = |text: &str| Delimiter::detect(&text.split('\n').map(str::as_bytes).collect::<Vec<_>>());
        assert_eq!(found("1::2::3\n1::3::4"), Some(Delimiter::DoubleColon));
        assert_eq!(found("a,b c\n\"x,y\",2"), Some(Delimiter::Byte(b',')));
        assert_eq!(found("1 2\n3 4"), Some(Delimiter::Spaces));
        assert_eq!(found("1\n2"), None);
    }

    proptest! {
        /// The `csv` crate is the plain reference.
        #[test]
        fn as_the_csv_crate(fields in prop::collection::vec("[a-c,\" é]{0,6}", 2..6)) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            // Bare fields are trimmed here and not there.
            let fields: Vec<String> = fields.iter().map(|f| f.trim().to_owned()).collect();
            writer.write_record(&fields).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(split(Delimiter::Byte(b','), line.trim_end_matches('\n')), fields);
        }
    }
}
