//! RecBole's atomic files: `.inter` with a header of `name:type`, tabs between fields.

use super::columns::{Columns, guess_by_names};
use super::delimited::Delimited;
use super::delimiter::Delimiter;
use super::{ColumnMapping, Format, Head, LoadOptions, RowParser};
use crate::error::{Code, Error, Result};
use crate::params::Method;

/// Description of the RecBole format.
pub static METHOD: Method = Method {
    name: "recbole",
    title: "RecBole .inter",
    doc: "Tab-separated atomic file with a typed header; titles and genres from the .item file beside it.",
    formula: "",
    source: "Zhao et al., CIKM 2021; recbole.io/docs, atomic files",
    params: &[],
};

/// The RecBole format.
pub static FORMAT: Format = Format { method: &METHOD, detect, open };

/// The columns' names without their types, if the line is a RecBole header.
pub fn header(line: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(line).ok()?;
    text.split('\t')
        .map(|field| {
            let (name, kind) = field.trim().rsplit_once(':')?;
            matches!(kind, "token" | "token_seq" | "float" | "float_seq").then(|| name.to_owned())
        })
        .collect()
}

fn detect(head: &Head<'_>) -> Option<u8> {
    let names = header(head.lines.first()?)?;
    guess_by_names(&names).map(|_| 95)
}

fn open(head: &Head<'_>, options: &LoadOptions) -> Result<Box<dyn RowParser>> {
    let names = head.lines.first().and_then(|line| header(line)).ok_or_else(|| {
        let message = "the first line is not a RecBole header such as user_id:token, item_id:token";
        Error::new(Code::UnknownFormat, message).at_line(1)
    })?;
    let guess = || {
        guess_by_names(&names).ok_or_else(|| {
            let message = format!("no column is user_id or item_id; the file has {}", names.join(", "));
            Error::new(Code::MissingColumn, message).at_line(1)
        })
    };
    let mapping: ColumnMapping = options.mapping.clone().map_or_else(guess, Ok)?;
    let columns = Columns::resolve(&mapping, &names)?;
    Ok(Box::new(Delimited::new(Delimiter::Byte(b'\t'), columns, true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::Loader;

    #[test]
    fn inter_and_item() {
        let inter =
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\ta\t4\t1.5e9\nu2\tb\t1\t7.0\n";
        let item = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\na\tToy Story\t1995\tAnimation Comedy\n";
        let mut loader = Loader::new(LoadOptions::default());
        for (name, text) in [("ml.inter", inter), ("ml.item", item)] {
            loader.begin(name).unwrap();
            loader.push(text.as_bytes()).unwrap();
        }
        let loaded = loader.finish_now().unwrap();
        assert_eq!(loaded.format, "recbole");
        assert_eq!((loaded.data.rows[0].time, loaded.data.rows[1].rating), (1_500_000_000, 1.0));
        assert_eq!(loaded.data.info.titles, ["Toy Story", ""]);
        assert_eq!(loaded.data.info.genres[0], ["Animation", "Comedy"]);
    }
}
