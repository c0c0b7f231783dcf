//! Files that appear whole or not at all, and the choice between a file and stdout.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use warren::error::{Code, Error, Result};

/// A place to write to, opened before the long work so that a bad path is found at once.
pub struct Output {
    /// The file asked for; `None` is stdout.
    path: Option<PathBuf>,
    /// What is written first and then renamed; `None` for stdout and for devices.
    draft: Option<PathBuf>,
}

impl Output {
    /// Prepares to write `path` (`-` is stdout). An existing file is replaced, when all is done.
    pub fn open(path: &str) -> Result<Self> {
        if path == "-" {
            return Ok(Self { path: None, draft: None });
        }
        let target = PathBuf::from(path);
        let refuse = |e: io::Error| Error::new(Code::Io, format!("cannot write: {e}")).in_file(path);
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => {
                return Err(Error::new(Code::Io, "cannot write: this is a directory").in_file(path));
            }
            // A pipe or a device cannot be replaced by a file.
            Ok(meta) if !meta.is_file() => return Ok(Self { path: Some(target), draft: None }),
            Ok(_) => drop(File::options().write(true).open(&target).map_err(refuse)?),
            Err(_) => {}
        }
        let name = target.file_name().and_then(|n| n.to_str()).unwrap_or("out");
        let draft = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        File::create(&draft).map_err(refuse)?;
        Ok(Self { path: Some(target), draft: Some(draft) })
    }

    /// The option of this name, if given.
    pub fn of(matches: &clap::ArgMatches, name: &str) -> Result<Option<Self>> {
        matches.get_one::<String>(name).map(|path| Self::open(path)).transpose()
    }

    /// True if the data goes to stdout, so that the summary must not.
    pub fn is_stdout(&self) -> bool {
        self.path.is_none()
    }

    /// The file's name ending in lower case, without the dot.
    pub fn extension(path: &str) -> String {
        Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
    }

    /// Writes everything and puts the file in its place.
    pub fn write(mut self, bytes: &[u8]) -> Result<()> {
        let Some(path) = &self.path else {
            return stdout(bytes);
        };
        let refuse = |e: io::Error| {
            Error::new(Code::Io, format!("cannot write: {e}")).in_file(path.display().to_string())
        };
        match &self.draft {
            None => fs::write(path, bytes).map_err(refuse),
            Some(draft) => {
                fs::write(draft, bytes).and_then(|()| fs::rename(draft, path)).map_err(refuse)?;
                self.draft = None;
                Ok(())
            }
        }
    }

    /// Writes pretty-printed JSON.
    pub fn write_json(self, value: &serde_json::Value) -> Result<()> {
        self.write(format!("{value:#}\n").as_bytes())
    }
}

impl Drop for Output {
    /// Removes the draft of work that failed or was cancelled.
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            let _ = fs::remove_file(draft);
        }
    }
}

/// Writes to stdout. A reader that has seen enough (`| head`) is no error.
pub fn stdout(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints a summary for people: on stdout, or on stderr when stdout carries the data.
pub fn summary(text: &str, stdout_is_data: bool) -> Result<()> {
    if stdout_is_data { Ok(io::stderr().lock().write_all(text.as_bytes())?) } else { stdout(text.as_bytes()) }
}
