//! Zip archives: the official MovieLens zips as they are, and any zip with one file of interactions.
//!
//! A zip needs random access, so its packed bytes are held whole; entries are unpacked in small steps and
//! parsed at once. Nothing is allocated by what the archive claims.

use super::text::{Part, is_beside};
use super::{LoadOptions, Reader};
use crate::error::{Code, Error, Result};
use crate::params::Method;
use crate::task::{Progress, Task};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Description of zip archives and gzip.
pub static METHOD: Method = Method {
    name: "archive",
    title: "zip or gzip",
    doc: "ml-100k.zip, ml-1m.zip, ml-latest-small.zip and their like, or any zip or gzip of another format.",
    formula: "",
    source: "APPNOTE 6.3.10; RFC 1952",
    params: &[],
};

/// Files of interactions by name, the best first: an official archive holds cuts of the same data too.
const ROWS: [&str; 3] = ["ratings.csv", "ratings.dat", "u.data"];
const TITLES: [&str; 4] = ["movies.csv", "movies.dat", "u.item", "u.genre"];
/// DEFLATE cannot make more of one byte.
const MOST_PER_BYTE: u64 = 1032;

fn bad(e: impl std::fmt::Display) -> Error {
    Error::new(Code::BadArchive, format!("damaged or unsupported zip: {e}"))
}

fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn folder(path: &str) -> &str {
    &path[..path.len() - base(path).len()]
}

/// The entries that are read: the interactions, then what lies beside them.
struct Plan {
    entries: Vec<(usize, String)>,
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn plan(archive: &Archive<'_>) -> Result<Plan> {
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let path = archive.name_for_index(index).ok_or_else(|| bad("an entry has no name"))?.map_err(bad)?;
        let hidden = path.starts_with("__MACOSX/") || base(&path).is_empty();
        if !hidden {
            files.push((index, path.into_owned()));
        }
    }
    let is = |path: &str, name: &str| {
        let file = base(path).to_ascii_lowercase();
        file == name || file.strip_suffix(".gz") == Some(name)
    };
    let known = || ROWS.iter().find_map(|name| files.iter().find(|(_, path)| is(path, name)));
    let (index, path) = match known() {
        Some(found) => found,
        None => sole(&files)?,
    };
    let beside = files.iter().filter(|(_, other)| {
        folder(other) == folder(path)
            && (TITLES.iter().any(|name| is(other, name))
                || base(other).to_ascii_lowercase().ends_with(".item"))
    });
    let entries = std::iter::once((*index, path.clone())).chain(beside.cloned()).collect();
    Ok(Plan { entries })
}

/// The one `.inter`, or the one file that may hold interactions.
fn sole(files: &[(usize, String)]) -> Result<&(usize, String)> {
    let ends = |path: &str, end: &str| base(path).to_ascii_lowercase().trim_end_matches(".gz").ends_with(end);
    let inter: Vec<_> = files.iter().filter(|(_, path)| ends(path, ".inter")).collect();
    let titles = |path: &str| ends(path, ".item") || TITLES.iter().any(|name| ends(path, name));
    let other: Vec<_> = files.iter().filter(|(_, path)| !is_beside(base(path)) && !titles(path)).collect();
    match (inter.as_slice(), other.as_slice()) {
        ([one], _) | ([], [one]) => Ok(one),
        ([], []) => Err(Error::new(Code::NoData, "the zip holds no file of interactions")),
        (many, _) => {
            let many = if many.is_empty() { &other } else { &inter };
            let mut names: Vec<_> = many.iter().take(6).map(|(_, path)| path.as_str()).collect();
            if many.len() > 6 {
                names.push("…");
            }
            let message =
                format!("the zip holds several files ({}); unpack it and choose one", names.join(", "));
            Err(Error::new(Code::UnknownFormat, message))
        }
    }
}

/// Reads the archive's interactions and titles; each part with the name of its entry.
///
/// # Errors
/// [`Code::BadArchive`], [`Code::TooLarge`], and what the entries' formats find wrong.
pub async fn read(
    name: &str,
    bytes: &[u8],
    options: &LoadOptions,
    task: &Task,
) -> Result<Vec<(String, Part)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| bad(e).in_file(name))?;
    let plan = plan(&archive).map_err(|e| e.in_file(name))?;
    let mut parts = Vec::new();
    for (index, path) in plan.entries {
        let place = format!("{name}/{path}");
        let part = entry(&mut archive, index, &place, options, task).await.map_err(|e| e.in_file(&place))?;
        parts.push((path, part));
    }
    Ok(parts)
}

async fn entry(
    archive: &mut Archive<'_>,
    index: usize,
    place: &str,
    options: &LoadOptions,
    task: &Task,
) -> Result<Part> {
    let mut file = archive.by_index(index).map_err(bad)?;
    let (packed, claimed) = (file.compressed_size(), file.size());
    let max = options.limits.max_unpacked;
    if claimed > max {
        let message = format!("claims to unpack to {claimed} bytes; the limit is {max}");
        return Err(Error::new(Code::TooLarge, message).with_value(claimed.to_string()));
    }
    if claimed / MOST_PER_BYTE > packed {
        let message = format!("claims to unpack to {claimed} bytes from {packed}, which no zip can");
        return Err(Error::new(Code::BadArchive, message).with_value(claimed.to_string()));
    }
    let mut reader = Reader::new(place, options.clone());
    let mut buffer = vec![0; 64 << 10];
    let mut unpacked = 0_u64;
    loop {
        let n = file.read(&mut buffer).map_err(bad)?;
        if n == 0 {
            break;
        }
        unpacked += n as u64;
        options.limits.check(packed, unpacked)?;
        reader.push(&buffer[..n])?;
        task.report(&Progress::of("parse", unpacked as usize, claimed as usize, "bytes"));
        task.checkpoint().await?;
    }
    if unpacked != claimed {
        let message = format!("unpacks to {unpacked} bytes but claims {claimed}");
        return Err(Error::new(Code::BadArchive, message));
    }
    reader.into_part()
}

/// The first bytes of the entry with the interactions, and its name.
///
/// # Errors
/// [`Code::BadArchive`] if the bytes are no whole zip.
pub fn head(bytes: &[u8], length: usize) -> Result<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(bad)?;
    let (index, path) = plan(&archive)?.entries.swap_remove(0);
    let mut out = Vec::new();
    let file = archive.by_index(index).map_err(bad)?;
    file.take(length as u64).read_to_end(&mut out).map_err(bad)?;
    Ok((base(&path).to_owned(), out))
}
