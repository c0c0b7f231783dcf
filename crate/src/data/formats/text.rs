//! From bytes to lines to rows: one file of text, split anywhere.

use super::collector::Collector;
use super::titles::{TitleFile, Titles};
use super::{Head, LoadOptions, RowParser, find_format};
use crate::error::{Code, Error, Result};

/// How much of a file detection sees.
pub const HEAD: usize = 64 << 10;
/// No line of data is longer; binary files without line ends stop here.
const MAX_LINE: usize = 64 << 20;

/// What a file turned out to hold.
pub enum Part {
    /// Interactions, in the format of this name.
    Rows(Box<Collector>, &'static str),
    /// Titles or genres.
    Titles(Titles),
    /// Nothing of use beside interactions: a readme, tags, links.
    Ignored,
}

enum Stage {
    /// Detection waits for more.
    Head(Vec<u8>),
    Rows {
        parser: Box<dyn RowParser>,
        out: Box<Collector>,
        format: &'static str,
    },
    Titles {
        file: TitleFile,
        titles: Titles,
    },
    Ignored,
}

/// A file of text on its way in.
pub struct Text {
    name: String,
    options: LoadOptions,
    stage: Stage,
    /// The beginning of a line whose end has not come yet.
    carry: Vec<u8>,
    line: u64,
    bytes: u64,
}

impl Text {
    /// A file of this name (without directories and `.gz`).
    pub fn new(name: &str, options: LoadOptions) -> Self {
        let stage = Stage::Head(Vec::new());
        Self { name: name.to_owned(), options, stage, carry: Vec::new(), line: 0, bytes: 0 }
    }

    /// Name of the format, once it is known.
    pub fn format(&self) -> Option<&'static str> {
        match &self.stage {
            Stage::Rows { format, .. } => Some(format),
            _ => None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What the format's parser finds wrong; no file name yet.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        let Stage::Head(head) = &mut self.stage else { return self.feed(bytes) };
        let (now, later) = bytes.split_at(bytes.len().min(HEAD - head.len()));
        head.extend_from_slice(now);
        if head.len() == HEAD {
            self.open(false)?;
            self.feed(later)?;
        }
        Ok(())
    }

    /// The file is at its end.
    ///
    /// # Errors
    /// As [`Text::push`]; [`Code::EmptyFile`] and [`Code::NoData`] for a file without data.
    pub fn finish(mut self) -> Result<Part> {
        if self.bytes == 0 {
            return Err(Error::new(Code::EmptyFile, "the file is empty"));
        }
        if matches!(self.stage, Stage::Head(_)) {
            self.open(true)?;
        }
        let last = std::mem::take(&mut self.carry);
        if !last.is_empty() {
            self.line(&last)?;
        }
        match self.stage {
            Stage::Rows { mut parser, out, format } => {
                parser.finish()?;
                if out.is_empty() {
                    return Err(Error::new(Code::NoData, "the file has no interactions"));
                }
                Ok(Part::Rows(out, format))
            }
            Stage::Titles { titles, .. } => Ok(Part::Titles(titles)),
            Stage::Ignored | Stage::Head(_) => Ok(Part::Ignored),
        }
    }

    /// Decides by the head what the file is, then takes the head as data.
    fn open(&mut self, at_end: bool) -> Result<()> {
        let Stage::Head(bytes) = std::mem::replace(&mut self.stage, Stage::Ignored) else { return Ok(()) };
        check_text(&bytes)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let head = Head { name: &self.name, lines: head_lines(bytes, at_end) };
        if head.lines.is_empty() {
            return Err(Error::new(Code::EmptyFile, "the file is empty"));
        }
        self.stage = if let Some(file) = TitleFile::detect(&head) {
            Stage::Titles { file, titles: Titles::default() }
        } else if is_beside(&self.name) {
            Stage::Ignored
        } else {
            let format = find_format(&head, &self.options)?;
            let parser = (format.open)(&head, &self.options)?;
            Stage::Rows { parser, out: Box::default(), format: format.method.name }
        };
        self.feed(bytes)
    }

    /// Splits into lines; what is left waits for its end in `carry`.
    fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        if matches!(self.stage, Stage::Ignored) {
            return Ok(());
        }
        let mut rest = bytes;
        if !self.carry.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            self.carry.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
            let Some(end) = end else { return self.check_carry() };
            let mut line = std::mem::take(&mut self.carry);
            self.line(&line)?;
            line.clear();
            self.carry = line;
            rest = &rest[end + 1..];
        }
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.line(&rest[..end])?;
            rest = &rest[end + 1..];
        }
        self.carry.extend_from_slice(rest);
        self.check_carry()
    }

    fn check_carry(&self) -> Result<()> {
        if self.carry.len() <= MAX_LINE {
            return Ok(());
        }
        let message = format!("the line is longer than {} MiB", MAX_LINE >> 20);
        Err(Error::new(Code::NotText, message).at_line(self.line + 1))
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        self.line += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match &mut self.stage {
            Stage::Rows { parser, out, .. } => parser.line(line, self.line, out),
            Stage::Titles { file, titles } => {
                file.line(line, titles);
                Ok(())
            }
            Stage::Head(_) | Stage::Ignored => Ok(()),
        }
    }
}

/// The lines of a head that are not blank; the last counts only if it has ended or is the only one.
pub fn head_lines(bytes: &[u8], at_end: bool) -> Vec<&[u8]> {
    let whole = match memchr::memrchr(b'\n', bytes) {
        Some(end) if !at_end => &bytes[..end],
        _ => bytes,
    };
    whole
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.trim_ascii().is_empty())
        .collect()
}

/// Refuses what is plainly no text.
///
/// # Errors
/// [`Code::NotText`] with the first offending byte.
pub fn check_text(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Error::new(Code::NotText, "the file is in UTF-16; save it as UTF-8"));
    }
    let control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    match bytes.iter().position(|&b| control(b)) {
        None => Ok(()),
        Some(at) => Err(Error::new(
            Code::NotText,
            format!("not text: byte {at} is 0x{:02x}; expected a text, gzip or zip file", bytes[at]),
        )),
    }
}

/// Files that lie beside interactions and hold none.
pub fn is_beside(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let exact = [
        "links.csv",
        "tags.csv",
        "u.user",
        "u.info",
        "u.occupation",
        "users.dat",
        "tags.dat",
        "checksums.txt",
        "genome-scores.csv",
        "genome-tags.csv",
    ];
    exact.contains(&name.as_str())
        || name.starts_with("readme")
        || name.starts_with('.')
        || [".user", ".kg", ".link", ".net"].iter().any(|end| name.ends_with(end))
}
