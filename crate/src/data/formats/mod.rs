//! File formats. Each is one file with its description, its detection and its row parser.
//!
//! Adding a format is one file, its `mod` line and one line in [`ALL`].

pub mod adjacency;
pub mod archive;
pub mod collector;
pub mod columns;
pub mod delimited;
pub mod delimiter;
pub mod fields;
pub mod gzip;
pub mod jsonl;
pub mod movielens;
pub mod pairs;
pub mod preview;
pub mod reader;
pub mod recbole;
pub mod text;
pub mod titles;

use crate::error::{Code, Error, Result};
use crate::params::Method;
use collector::Collector;
use serde::{Deserialize, Serialize};

pub use preview::{Preview, preview};
pub use reader::{Loaded, Loader, Reader};

/// The formats that give rows, in order of precedence where two fit equally well.
pub static ALL: [&Format; 5] =
    [&movielens::FORMAT, &recbole::FORMAT, &jsonl::FORMAT, &adjacency::FORMAT, &delimited::FORMAT];

/// The descriptions of everything that can be read, containers included.
pub static METHODS: [&Method; 6] = [
    &movielens::METHOD,
    &recbole::METHOD,
    &adjacency::METHOD,
    &delimited::METHOD,
    &jsonl::METHOD,
    &archive::METHOD,
];

/// A format that gives rows.
pub struct Format {
    /// Its description.
    pub method: &'static Method,
    /// How well a file fits, from 1 (perhaps) to 100 (surely); `None` if it cannot be this format.
    pub detect: fn(&Head<'_>) -> Option<u8>,
    /// Opens a parser for a file that begins like this.
    pub open: fn(&Head<'_>, &LoadOptions) -> Result<Box<dyn RowParser>>,
}

/// Turns lines into rows.
pub trait RowParser {
    /// Takes one line: neither blank nor with its line end. `number` counts all lines of the file from 1.
    ///
    /// # Errors
    /// What is wrong with the line, with line number and column but without the file's name.
    fn line(&mut self, line: &[u8], number: u64, out: &mut Collector) -> Result<()>;

    /// The file is at its end.
    ///
    /// # Errors
    /// If something that began on an earlier line has not ended.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The beginning of a file, unpacked, as detection sees it.
pub struct Head<'a> {
    /// The file's name without directories and without `.gz`.
    pub name: &'a str,
    /// The first lines that are not blank, without line ends and byte order mark; cut after 64 KiB.
    pub lines: Vec<&'a [u8]>,
}

impl Head<'_> {
    /// True if the name ends so, in whatever case.
    pub fn name_ends(&self, end: &str) -> bool {
        self.name.to_ascii_lowercase().ends_with(end)
    }
}

/// How to read a delimited or JSONL file: which column (its name, or its number from 1) is what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMapping {
    /// `,` `;` `|` `::`, a tab (also `tab`, `\t`), a space, or another single character; found if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether the first line names the columns; found if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Column of user ids.
    pub user: String,
    /// Column of item ids.
    pub item: String,
    /// Column of ratings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// Column of times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// Bounds on what a compressed file may unpack to: against archives made to fill the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that a file may unpack to, by its own claim or in fact: 4 GiB natively, 1.5 GiB in WebAssembly.
    pub max_unpacked: u64,
    /// Unpacked bytes for each compressed one; real interaction files stay below 20. Default 200.
    pub max_ratio: u64,
    /// The ratio counts only from this many unpacked bytes on. Default 8 MiB.
    pub ratio_from: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let max_unpacked = if cfg!(target_arch = "wasm32") { 3 << 29 } else { 4 << 30 };
        Self { max_unpacked, max_ratio: 200, ratio_from: 8 << 20 }
    }
}

impl Limits {
    /// Checks how far unpacking has come.
    ///
    /// # Errors
    /// [`Code::TooLarge`] with the numbers.
    pub fn check(&self, packed: u64, unpacked: u64) -> Result<()> {
        let max = self.max_unpacked;
        if unpacked > max {
            return Err(Error::new(Code::TooLarge, format!("unpacks to more than {max} bytes, the limit")));
        }
        if unpacked > self.ratio_from && unpacked / self.max_ratio > packed {
            return Err(Error::new(
                Code::TooLarge,
                format!("unpacks to more than {} times its size; data does not do that", self.max_ratio),
            ));
        }
        Ok(())
    }
}

/// How to load a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadOptions {
    /// Name of a format of [`ALL`]; found from the name and the first lines when absent.
    pub format: Option<String>,
    /// Columns, for delimited and JSONL files.
    pub mapping: Option<ColumnMapping>,
    /// Bounds on unpacking.
    #[serde(skip)]
    pub limits: Limits,
}

/// The format for a file that begins like this.
///
/// # Errors
/// [`Code::UnknownName`] for a format that does not exist, [`Code::UnknownFormat`] if none fits.
pub fn find_format(head: &Head<'_>, options: &LoadOptions) -> Result<&'static Format> {
    if let Some(name) = &options.format {
        return ALL.iter().find(|f| f.method.name == name).copied().ok_or_else(|| {
            let known: Vec<_> = ALL.iter().map(|f| f.method.name).collect();
            Error::new(Code::UnknownName, format!("\"{name}\" is not one of {}", known.join(", ")))
                .for_key("format")
                .with_value(name.as_str())
        });
    }
    if options.mapping.is_some() {
        let json = (jsonl::FORMAT.detect)(head).is_some();
        return Ok(if json { &jsonl::FORMAT } else { &delimited::FORMAT });
    }
    let mut best: Option<(u8, &'static Format)> = None;
    for format in ALL {
        if let Some(score) = (format.detect)(head)
            && best.is_none_or(|(most, _)| score > most)
        {
            best = Some((score, format));
        }
    }
    best.map(|(_, format)| format).ok_or_else(|| {
        let tried: Vec<_> = ALL.iter().map(|f| f.method.name).collect();
        Error::new(
            Code::UnknownFormat,
            format!(
                "no known format fits (tried {}); say which columns hold the users and the items",
                tried.join(", ")
            ),
        )
    })
}
