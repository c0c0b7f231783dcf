//! The one error type: what went wrong, where, and which value.

use serde::Serialize;
use std::fmt;

/// Shorthand for a [`std::result::Result`] with Warren's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong. Stable: JavaScript sees it as `error.code` in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A file with no data in it.
    EmptyFile,
    /// Bytes that are not text where text is expected.
    NotText,
    /// No known format fits, or the delimiter is not the one stated.
    UnknownFormat,
    /// A column that the mapping names is not in the file.
    MissingColumn,
    /// A field that cannot be read as what it should be.
    BadValue,
    /// A damaged or unsupported archive or compressed stream.
    BadArchive,
    /// More data than can be held, or an archive that claims or unpacks to too much.
    TooLarge,
    /// Nothing (or too little) is left to work with.
    NoData,
    /// No entry of the catalogue has this name.
    UnknownName,
    /// A configuration key that nothing reads.
    UnknownKey,
    /// A value outside its permitted range or of the wrong type.
    OutOfRange,
    /// The caller cancelled the work.
    Cancelled,
    /// An iteration that stopped before it reached its tolerance.
    NotConverged,
    /// Reading or writing a file failed.
    Io,
    /// A call that does not fit the present state, such as training before data is loaded.
    BadState,
}

/// An error with its place and the offending value.
///
/// `message` alone reads as a full sentence; the other fields repeat its parts for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Error {
    /// Kind of error.
    pub code: Code,
    /// What is wrong, with the value quoted, without the place.
    pub message: String,
    /// File (or archive entry) in which it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column name or number (from 1) of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Dotted key of a configuration, such as `optimizer.learning_rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The offending value as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Error {
    /// A new error of this kind; add the place with the methods below.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), file: None, line: None, column: None, key: None, value: None }
    }

    /// The error of work that the caller stopped.
    pub fn cancelled() -> Self {
        Self::new(Code::Cancelled, "cancelled")
    }

    /// Adds the file or archive entry, unless one is known already.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file.get_or_insert(file.into());
        self
    }

    /// Adds the line, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Adds the column of a file.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Adds the dotted configuration key.
    #[must_use]
    pub fn for_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Adds the offending value.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// True for mistakes in what the user asked for (exit code 2), false for bad data and the rest (1).
    pub fn is_usage(&self) -> bool {
        matches!(self.code, Code::UnknownName | Code::UnknownKey | Code::OutOfRange)
    }
}

impl fmt::Display for Error {
    /// `file, line 3, column "rating": message`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        if let Some(file) = &self.file {
            place.push(file.clone());
        }
        if let Some(line) = self.line {
            place.push(format!("line {line}"));
        }
        if let Some(column) = &self.column {
            place.push(format!("column {column}"));
        }
        if let Some(key) = &self.key {
            place.push(key.clone());
        }
        if place.is_empty() {
            write!(f, "{}", self.message)
        } else {
            write!(f, "{}: {}", place.join(", "), self.message)
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::new(Code::Io, e.to_string())
    }
}
