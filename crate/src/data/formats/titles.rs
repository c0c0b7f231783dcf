//! Titles and genres of items: `movies.csv`, `movies.dat`, `u.item` with `u.genre`, RecBole's `.item`.

use super::delimiter::Delimiter;
use super::{Head, recbole};
use crate::data::interactions::ItemInfo;
use std::collections::HashMap;

/// The genres of MovieLens 100K, in the order of `u.item`'s flags, for a `u.item` without its `u.genre`.
const GENRES_100K: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

enum Genres {
    Names(Vec<String>),
    /// Bit `g` is set for genre number `g`, whose name may come later.
    Flags(u64),
}

/// Titles by item id, as far as files have given them.
#[derive(Default)]
pub struct Titles {
    by_id: HashMap<String, (String, Genres)>,
    genre_names: Vec<(usize, String)>,
}

impl Titles {
    /// True if nothing was read.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Takes over what another file gave.
    pub fn merge(&mut self, other: Self) {
        self.by_id.extend(other.by_id);
        self.genre_names.extend(other.genre_names);
    }

    /// Titles and genres in the order of `items`; empty where no file named any of them.
    pub fn join(&self, items: &[String]) -> ItemInfo {
        if !items.iter().any(|id| self.by_id.contains_key(id)) {
            return ItemInfo::default();
        }
        let found = items.iter().map(|id| self.by_id.get(id));
        let (titles, genres) = found
            .map(|entry| entry.map_or_else(Default::default, |(title, g)| (title.clone(), self.names(g))))
            .unzip();
        ItemInfo { titles, genres }
    }

    fn names(&self, genres: &Genres) -> Vec<String> {
        let name = |bit: usize| {
            let given = self.genre_names.iter().find(|(n, _)| *n == bit).map(|(_, name)| name.clone());
            given.or_else(|| GENRES_100K.get(bit).map(|&name| name.to_owned()))
        };
        match genres {
            Genres::Names(names) => names.clone(),
            // "unknown" is no genre.
            Genres::Flags(flags) => (1..64).filter(|bit| flags >> bit & 1 == 1).filter_map(name).collect(),
        }
    }
}

/// What kind of title file it is; parses its lines. A line that does not fit is passed over: a title is
/// only a label.
pub enum TitleFile {
    /// `movieId,title,genres` with genres between bars.
    MoviesCsv {
        /// True until the header has gone by.
        header: bool,
    },
    /// `id::title::genres`, in Latin-1.
    MoviesDat,
    /// `id|title|date|video date|url|19 flags`, in Latin-1.
    UItem,
    /// `genre|number`.
    UGenre,
    /// RecBole's, with a typed header.
    Item {
        /// Columns of id, title and genres.
        columns: (usize, Option<usize>, Option<usize>),
        /// True until the header has gone by.
        header: bool,
    },
}

impl TitleFile {
    /// The kind of title file that begins like this.
    pub fn detect(head: &Head<'_>) -> Option<Self> {
        let first = head.lines.first().copied().unwrap_or_default();
        if head.name_ends("movies.csv") && first.starts_with(b"movieId,title") {
            Some(Self::MoviesCsv { header: true })
        } else if head.name_ends("movies.dat") {
            Some(Self::MoviesDat)
        } else if head.name_ends("u.item") {
            Some(Self::UItem)
        } else if head.name_ends("u.genre") {
            Some(Self::UGenre)
        } else if head.name_ends(".item") {
            let names = recbole::header(first)?;
            let find = |parts: &[&str]| names.iter().position(|n| parts.iter().any(|part| n.contains(part)));
            let id = find(&["item_id"]).or_else(|| find(&["_id"])).unwrap_or(0);
            let columns = (id, find(&["title", "name"]), find(&["genre", "class", "categor"]));
            Some(Self::Item { columns, header: true })
        } else {
            None
        }
    }

    /// Takes one line.
    pub fn line(&mut self, line: &[u8], titles: &mut Titles) {
        if let Self::MoviesCsv { header } | Self::Item { header, .. } = self
            && std::mem::take(header)
        {
            return;
        }
        match self {
            Self::MoviesCsv { .. } => bars(&fields(Delimiter::Byte(b','), line), titles),
            Self::MoviesDat => bars(&fields(Delimiter::DoubleColon, line), titles),
            Self::UItem => {
                let text = decode(line);
                let fields: Vec<&str> = text.split('|').collect();
                let [id, title, _, _, _, flags @ ..] = fields.as_slice() else { return };
                let bits = flags.iter().take(64).enumerate();
                let flags = bits.fold(0, |sum, (bit, flag)| sum | (u64::from(flag.trim() == "1") << bit));
                titles.by_id.insert((*id).to_owned(), ((*title).to_owned(), Genres::Flags(flags)));
            }
            Self::UGenre => {
                let text = decode(line);
                if let Some((name, Ok(bit))) =
                    text.split_once('|').map(|(name, bit)| (name, bit.trim().parse()))
                {
                    titles.genre_names.push((bit, name.to_owned()));
                }
            }
            Self::Item { columns: (id, title, genres), .. } => {
                let text = decode(line);
                let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
                let get = |column: Option<usize>| column.and_then(|c| fields.get(c)).copied().unwrap_or("");
                // A token_seq is a list with spaces, or commas where its tokens hold spaces.
                let list = get(*genres);
                let separator = if list.contains(',') { ',' } else { ' ' };
                let names = list.split(separator).map(|g| g.trim_matches([' ', '\'', '[', ']']).to_owned());
                let genres = names.filter(|g| !g.is_empty()).collect();
                titles
                    .by_id
                    .insert(get(Some(*id)).to_owned(), (get(*title).to_owned(), Genres::Names(genres)));
            }
        }
    }
}

fn fields(delimiter: Delimiter, line: &[u8]) -> Vec<String> {
    delimiter.split_all(line).iter().map(|field| decode(field)).collect()
}

fn bars(fields: &[String], titles: &mut Titles) {
    let [id, title, rest @ ..] = fields else { return };
    let genres = rest.first().map_or("", String::as_str);
    let names = genres.split('|').filter(|g| !g.is_empty() && *g != "(no genres listed)").map(str::to_owned);
    titles.by_id.insert(id.clone(), (title.clone(), Genres::Names(names.collect())));
}

/// UTF-8 where it is valid, else Latin-1: MovieLens 100K and 1M are, and accented Latin-1 is practically
/// never valid UTF-8.
fn decode(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&b| char::from(b)).collect(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8], titles: &mut Titles) {
        let lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
        let mut file = TitleFile::detect(&Head { name, lines: lines.clone() }).unwrap();
        lines.iter().for_each(|line| file.line(line, titles));
    }

    #[test]
    fn u_item_in_latin_1_with_flags() {
        let mut titles = Titles::default();
        read(
            "u.item",
            b"7|Mis\xe9rables, Les|01-Jan-1995||http://x|0|0|0|0|0|0|0|0|1|0|0|0|1|0|0|0|0|0|0",
            &mut titles,
        );
        let items = ["7".to_owned(), "8".to_owned()];
        let info = titles.join(&items);
        assert_eq!(info.titles, ["Misérables, Les", ""]);
        assert_eq!(info.genres[0], ["Drama", "Musical"]);
        read("u.genre", b"unknown|0\nAction|1\nDrame|8", &mut titles);
        assert_eq!(titles.join(&items).genres[0], ["Drame", "Musical"]);
    }

    #[test]
    fn movies_dat() {
        let mut titles = Titles::default();
        read("movies.dat", "7::Misérables, Les: \"x\" (1995)::Drama|Musical".as_bytes(), &mut titles);
        let info = titles.join(&["7".to_owned()]);
        assert_eq!((info.titles[0].as_str(), info.genres[0].len()), ("Misérables, Les: \"x\" (1995)", 2));
        assert_eq!(titles.join(&["1".to_owned()]), ItemInfo::default());
    }
}
