//! MovieLens: `u.data` (100K, tabs), `ratings.dat` (1M and 10M, `::`), `ratings.csv` (latest, 20M, 25M).

use super::columns::Columns;
use super::delimited::Delimited;
use super::delimiter::Delimiter;
use super::{Format, Head, LoadOptions, RowParser, fields};
use crate::error::{Code, Error, Result};
use crate::params::Method;

/// Description of the MovieLens formats.
pub static METHOD: Method = Method {
    name: "movielens",
    title: "MovieLens",
    doc: "u.data, ratings.dat or ratings.csv; titles and genres from u.item, movies.dat or movies.csv beside it.",
    formula: "",
    source: "Harper and Konstan, TiiS 2015; files.grouplens.org",
    params: &[],
};

/// The MovieLens formats.
pub static FORMAT: Format = Format { method: &METHOD, detect, open };

const NAMES: [&str; 4] = ["userId", "movieId", "rating", "timestamp"];

/// Delimiter and whether there is a header, if the first lines are MovieLens's.
fn layout(head: &Head<'_>) -> Option<(Delimiter, bool)> {
    let first = head.lines.first()?;
    if first.starts_with(b"userId,movieId,rating,timestamp") {
        return Some((Delimiter::Byte(b','), true));
    }
    [Delimiter::DoubleColon, Delimiter::Byte(b'\t')].into_iter().find_map(|delimiter| {
        let fits = |line: &&[u8]| {
            let row = delimiter.split_all(line);
            let whole = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_digit);
            row.len() == 4
                && whole(&row[0])
                && whole(&row[1])
                && fields::rating(&row[2]).is_ok_and(|r| r.is_some_and(|r| (0.0..=5.0).contains(&r)))
                && whole(&row[3])
        };
        // The first lines decide; a fault further down is an error with its line, not another format.
        head.lines.iter().take(3).all(fits).then_some((delimiter, false))
    })
}

fn detect(head: &Head<'_>) -> Option<u8> {
    let named = ["u.data", "ratings.dat"].contains(&head.name.to_ascii_lowercase().as_str());
    // By name alone too: a fault in the first lines is an error with its line, not another format.
    layout(head).map(|_| 90).or_else(|| (named && Delimiter::detect(&head.lines).is_some()).then_some(60))
}

fn open(head: &Head<'_>, _: &LoadOptions) -> Result<Box<dyn RowParser>> {
    let by_name = || {
        let dat = head.name_ends(".dat");
        (head.name_ends(".data") || dat)
            .then_some((if dat { Delimiter::DoubleColon } else { Delimiter::Byte(b'\t') }, false))
    };
    let (delimiter, header) = layout(head).or_else(by_name).ok_or_else(|| {
        Error::new(Code::UnknownFormat, "not a MovieLens file (user, movie, rating and timestamp)")
    })?;
    let names = NAMES.map(String::from).to_vec();
    let columns = Columns { user: 0, item: 1, rating: Some(2), time: Some(3), names };
    Ok(Box::new(Delimited::new(delimiter, columns, header)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::{Loader, Reader};

    #[test]
    fn the_three_layouts_are_the_same_data() {
        let csv = "userId,movieId,rating,timestamp\n1,31,2,1260759144\n7,31,3,851868750\n";
        let tabs = "1\t31\t2\t1260759144\n7\t31\t3\t851868750\n";
        let dat = "1::31::2::1260759144\n7::31::3::851868750\n";
        let prints: Vec<String> = [("ratings.csv", csv), ("u.data", tabs), ("ratings.dat", dat)]
            .into_iter()
            .map(|(name, text)| {
                let mut reader = Reader::new(name, LoadOptions::default());
                reader.push(text.as_bytes()).unwrap();
                assert_eq!(reader.format(), None);
                reader.finish().unwrap().fingerprint
            })
            .collect();
        assert!(prints[0] == prints[1] && prints[1] == prints[2]);
    }

    #[test]
    fn titles_and_genres_join() {
        let movies = "movieId,title,genres\n31,\"American President, The (1995)\",Comedy|Drama\n9,X,(no genres listed)\n";
        let ratings = "userId,movieId,rating,timestamp\n1,31,2.5,10\n1,9,3,11\n1,8,3,11\n";
        let mut loader = Loader::new(LoadOptions::default());
        for (name, text) in [("movies.csv", movies), ("ratings.csv", ratings)] {
            loader.begin(name).unwrap();
            loader.push(text.as_bytes()).unwrap();
        }
        let loaded = loader.finish_now().unwrap();
        assert_eq!(loaded.format, "movielens");
        assert_eq!(loaded.data.info.titles, ["American President, The (1995)", "X", ""]);
        assert_eq!(loaded.data.info.genres[0], ["Comedy", "Drama"]);
        assert!(loaded.data.info.genres[1].is_empty());
    }
}
