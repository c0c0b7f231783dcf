//! Files on their way in: [`Reader`] for one, [`Loader`] for a file with others beside it.

use super::collector::Collector;
use super::gzip::Gunzip;
use super::text::{Part, Text};
use super::titles::Titles;
use super::{LoadOptions, archive};
use crate::data::interactions::Interactions;
use crate::error::{Code, Error, Result};
use crate::task::{LocalFuture, Task};
use std::future::Future;
use std::task::{Context, Poll, Waker};

enum Source {
    /// Too few bytes yet to tell.
    Start(Vec<u8>),
    Plain,
    Gzip(Box<Gunzip>),
    /// The packed bytes of a zip.
    Zip(Vec<u8>),
}

/// Reads one file in chunks of any size, cut anywhere. Gzip is unpacked as it comes; of a zip the packed
/// bytes are kept until the end. Besides the result and those, memory does not grow with the file.
pub struct Reader {
    name: String,
    options: LoadOptions,
    source: Source,
    text: Text,
}

impl Reader {
    /// A reader for a file of this name (directories are shown in errors, and otherwise ignored).
    pub fn new(name: &str, options: LoadOptions) -> Self {
        let text = Text::new(&short(name), options.clone());
        Self { name: name.to_owned(), options, source: Source::Start(Vec::new()), text }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Whatever is wrong with the file, with its name, the line, the column and the value.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.take(bytes).map_err(|e| e.in_file(&self.name))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.source {
            Source::Start(start) => {
                start.extend_from_slice(bytes);
                if start.len() >= 4 {
                    let start = std::mem::take(start);
                    return self.begin(&start);
                }
                Ok(())
            }
            Source::Plain => self.text.push(bytes),
            Source::Gzip(gunzip) => gunzip.push(bytes, |out| self.text.push(out)),
            Source::Zip(packed) => {
                let max = self.options.limits.max_unpacked;
                if (packed.len() + bytes.len()) as u64 > max || packed.try_reserve(bytes.len()).is_err() {
                    return Err(Error::new(
                        Code::TooLarge,
                        format!("a zip of more than {max} bytes, the limit"),
                    ));
                }
                packed.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn begin(&mut self, start: &[u8]) -> Result<()> {
        self.source = match start {
            [0x1f, 0x8b, ..] => Source::Gzip(Box::new(Gunzip::new(self.options.limits))),
            // A local file header, or the end record of an empty archive.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Source::Zip(Vec::new()),
            _ => Source::Plain,
        };
        self.take(start)
    }

    /// Name of the file's format, once it is known.
    pub fn format(&self) -> Option<&'static str> {
        self.text.format()
    }

    /// The file is at its end: the data set.
    ///
    /// # Errors
    /// As [`Reader::push`]; also for a file without interactions.
    pub fn finish(self) -> Result<Interactions> {
        let mut loader = Loader::new(self.options.clone());
        loader.current = Some(self);
        loader.finish_now().map(|loaded| loaded.data)
    }

    /// What the file holds, other than a zip.
    pub(super) fn into_part(mut self) -> Result<Part> {
        let name = self.name.clone();
        self.end().map_err(|e| e.in_file(&name))?;
        if matches!(self.source, Source::Zip(_)) {
            return Err(Error::new(Code::BadArchive, "a zip within a zip is not read").in_file(&name));
        }
        self.text.finish().map_err(|e| e.in_file(name))
    }

    fn end(&mut self) -> Result<()> {
        if let Source::Start(start) = &mut self.source {
            let start = std::mem::take(start);
            self.begin(&start)?;
        }
        match &mut self.source {
            Source::Gzip(gunzip) => gunzip.finish(|out| self.text.push(out)),
            _ => Ok(()),
        }
    }
}

/// A loaded data set and the format it was in.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The data.
    pub data: Interactions,
    /// Name of the format, of [`ALL`](super::ALL).
    pub format: &'static str,
}

/// Loads a file of interactions together with the files beside it that give titles and genres.
///
/// ```
/// use warren::data::formats::{Loader, LoadOptions};
/// let mut loader = Loader::new(LoadOptions::default());
/// loader.begin("ratings.csv")?;
/// loader.push(b"userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n")?;
/// loader.begin("movies.csv")?;
/// loader.push(b"movieId,title,genres\n31,Dangerous Minds (1995),Drama\n")?;
/// let loaded = loader.finish_now()?;
/// assert_eq!(loaded.data.info.titles, ["Dangerous Minds (1995)"]);
/// # Ok::<(), warren::error::Error>(())
/// ```
pub struct Loader {
    options: LoadOptions,
    current: Option<Reader>,
    zips: Vec<(String, Vec<u8>)>,
    rows: Option<(String, Box<Collector>, &'static str)>,
    titles: Titles,
}

impl Loader {
    /// A loader without files yet.
    pub fn new(options: LoadOptions) -> Self {
        Self { options, current: None, zips: Vec::new(), rows: None, titles: Titles::default() }
    }

    /// Begins a file; the one before, if any, is at its end.
    ///
    /// # Errors
    /// What is wrong with the file before.
    pub fn begin(&mut self, name: &str) -> Result<()> {
        self.end_file()?;
        self.current = Some(Reader::new(name, self.options.clone()));
        Ok(())
    }

    /// Takes the next bytes of the present file. A chunk of a MiB of text takes some 10 ms.
    ///
    /// # Errors
    /// As [`Reader::push`]; [`Code::BadState`] before [`Loader::begin`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let missing = || Error::new(Code::BadState, "no file was begun");
        self.current.as_mut().ok_or_else(missing)?.push(bytes)
    }

    fn end_file(&mut self) -> Result<()> {
        let Some(mut reader) = self.current.take() else { return Ok(()) };
        if let Source::Zip(packed) = &mut reader.source {
            let packed = std::mem::take(packed);
            self.zips.push((reader.name, packed));
            return Ok(());
        }
        let name = reader.name.clone();
        let part = reader.into_part()?;
        self.add(name, part)
    }

    fn add(&mut self, name: String, part: Part) -> Result<()> {
        match part {
            Part::Titles(titles) => self.titles.merge(titles),
            Part::Ignored => {}
            Part::Rows(rows, format) => {
                if let Some((first, ..)) = &self.rows {
                    let message = format!("{first} and {name} both hold interactions; load one at a time");
                    return Err(Error::new(Code::BadState, message));
                }
                self.rows = Some((name, rows, format));
            }
        }
        Ok(())
    }

    /// All files are at their end: unpacks zips, joins titles and gives the data set.
    ///
    /// # Errors
    /// As [`Reader::push`]; [`Code::NoData`] if no file held interactions; [`Code::Cancelled`].
    pub async fn finish(mut self, task: &Task) -> Result<Loaded> {
        self.end_file()?;
        for (name, packed) in std::mem::take(&mut self.zips) {
            for (_, part) in archive::read(&name, &packed, &self.options, task).await? {
                self.add(name.clone(), part)?;
            }
        }
        task.checkpoint().await?;
        let Some((name, rows, format)) = self.rows else {
            let what = if self.titles.is_empty() {
                "no file held interactions"
            } else {
                "titles but no interactions"
            };
            return Err(Error::new(Code::NoData, what));
        };
        let mut data = rows.finish_in_steps(short(&name), task).await?;
        data.info = self.titles.join(&data.items);
        Ok(Loaded { data, format })
    }

    /// As [`Loader::finish`], without progress and in one go.
    ///
    /// # Errors
    /// As [`Loader::finish`].
    pub fn finish_now(self) -> Result<Loaded> {
        // Nobody makes a silent task wait, so one poll is enough, in WebAssembly too.
        let mut finish: LocalFuture<'_, _> = Box::pin(async move { self.finish(&Task::silent()).await });
        match Future::poll(finish.as_mut(), &mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(Error::new(Code::BadState, "a silent task waited")),
        }
    }
}

/// The file's name without directories and `.gz`.
pub(super) fn short(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.strip_suffix(".gz").unwrap_or(base).to_owned()
}
