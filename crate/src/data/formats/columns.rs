//! Which column is what: resolving a mapping, and guessing one.

use super::ColumnMapping;
use super::fields;
use crate::error::{Code, Error, Result};

/// Names that columns commonly have, the best first; compared in lower case without signs.
const USER: &[&str] = &[
    "user",
    "userid",
    "uid",
    "username",
    "reviewerid",
    "reviewer",
    "customerid",
    "customer",
    "visitorid",
    "memberid",
    "member",
    "sessionid",
    "session",
];
const ITEM: &[&str] = &[
    "item",
    "itemid",
    "iid",
    "movieid",
    "movie",
    "asin",
    "parentasin",
    "productid",
    "product",
    "businessid",
    "business",
    "artistid",
    "artist",
    "trackid",
    "track",
    "songid",
    "song",
    "bookid",
    "isbn",
    "animeid",
    "anime",
    "gameid",
    "game",
    "poiid",
    "venueid",
    "locationid",
    "newsid",
    "articleid",
    "recipeid",
    "sku",
];
const RATING: &[&str] = &["rating", "ratings", "stars", "star", "score", "overall", "bookrating", "weight"];
const TIME: &[&str] =
    &["timestamp", "time", "unixreviewtime", "unixtime", "datetime", "date", "ts", "createdat", "created"];

/// Positions (from 0) of the columns that are read, with their names for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Column of user ids.
    pub user: usize,
    /// Column of item ids.
    pub item: usize,
    /// Column of ratings.
    pub rating: Option<usize>,
    /// Column of times.
    pub time: Option<usize>,
    /// Names of all columns (their numbers from 1 where the file names none).
    pub names: Vec<String>,
}

impl Columns {
    /// Finds the mapping's columns among `names`.
    ///
    /// # Errors
    /// [`Code::MissingColumn`] for one that is not there, [`Code::OutOfRange`] for one that is used twice.
    pub fn resolve(mapping: &ColumnMapping, names: &[String]) -> Result<Self> {
        let find = |wanted: &str| position(wanted, names);
        let user = find(&mapping.user)?;
        let item = find(&mapping.item)?;
        let rating = mapping.rating.as_deref().filter(|c| !c.is_empty()).map(find).transpose()?;
        let time = mapping.time.as_deref().filter(|c| !c.is_empty()).map(find).transpose()?;
        let used: Vec<usize> = [Some(user), Some(item), rating, time].into_iter().flatten().collect();
        if let Some(twice) = used.iter().enumerate().find_map(|(n, c)| used[..n].contains(c).then_some(*c)) {
            let name = &names[twice];
            return Err(Error::new(Code::OutOfRange, format!("column \"{name}\" is mapped twice"))
                .for_key("mapping")
                .with_value(name.as_str()));
        }
        Ok(Self { user, item, rating, time, names: names.to_vec() })
    }

    /// Name of a column, for messages.
    pub fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("?", String::as_str)
    }
}

/// The names of columns that have none: their numbers from 1.
pub fn numbered(n: usize) -> Vec<String> {
    (1..=n).map(|number| number.to_string()).collect()
}

fn position(wanted: &str, names: &[String]) -> Result<usize> {
    let exact = names.iter().position(|name| name == wanted);
    let loose = || names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let number = || wanted.parse::<usize>().ok().filter(|n| (1..=names.len()).contains(n)).map(|n| n - 1);
    exact.or_else(loose).or_else(number).ok_or_else(|| {
        let mut known = names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
        if names.len() > 20 {
            known.push_str(", …");
        }
        Error::new(Code::MissingColumn, format!("there is no such column; the file has {known}"))
            .in_column(wanted)
            .with_value(wanted)
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The mapping that the columns' names suggest; `None` if users or items are not clear.
pub fn guess_by_names(names: &[String]) -> Option<ColumnMapping> {
    let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let find = |known: &[&str]| {
        known.iter().find_map(|k| plain.iter().position(|name| name == k)).map(|at| names[at].clone())
    };
    Some(ColumnMapping {
        user: find(USER)?,
        item: find(ITEM)?,
        rating: find(RATING),
        time: find(TIME),
        ..Default::default()
    })
}

/// The mapping of columns without names: `user item`, `user item rating`, `user item time` or
/// `user item rating time`, judged by the values; `None` if it is none of these.
pub fn guess_by_values(rows: &[Vec<String>]) -> Option<ColumnMapping> {
    let n = rows.first()?.len();
    // Nine in ten, or all but one: a faulty field is an error with its line, not another kind of column.
    let all = |column: usize, test: &dyn Fn(&str) -> bool| {
        let faults = rows.iter().filter(|row| row.len() == n && !test(&row[column])).count();
        faults == 0 || (rows.len() > 2 && faults * 10 <= rows.len().max(10))
    };
    let is_rating = |text: &str| {
        fields::rating(text.as_bytes()).is_ok_and(|rating| rating.is_none_or(|r| r.abs() <= 1000.0))
    };
    let is_time = |text: &str| fields::time(text.as_bytes()).is_ok_and(|time| time.abs() > 1000);
    let mut mapping = ColumnMapping { user: "1".into(), item: "2".into(), ..Default::default() };
    match n {
        2 => {}
        3 if all(2, &is_rating) => mapping.rating = Some("3".into()),
        3 if all(2, &is_time) => mapping.time = Some("3".into()),
        4 if all(2, &is_rating) && all(3, &|text| fields::time(text.as_bytes()).is_ok()) => {
            mapping.rating = Some("3".into());
            mapping.time = Some("4".into());
        }
        _ => return None,
    }
    Some(mapping)
}

/// True if the first row looks like names: it names users and items, or it has no number where the rows
/// below have one.
pub fn looks_like_header(rows: &[Vec<String>]) -> bool {
    let Some((first, below)) = rows.split_first() else { return false };
    let number = |text: &String| text.parse::<f64>().is_ok();
    if guess_by_names(first).is_some() {
        return true;
    }
    let below_has = |column: usize| below.iter().any(|row| row.get(column).is_some_and(number));
    !first.iter().any(number) && (0..first.len()).any(below_has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    #[test]
    fn guesses() {
        let m = guess_by_names(&names(&["overall", "reviewerID", "asin", "unixReviewTime"])).unwrap();
        assert_eq!((m.user.as_str(), m.item.as_str()), ("reviewerID", "asin"));
        assert_eq!((m.rating.as_deref(), m.time.as_deref()), (Some("overall"), Some("unixReviewTime")));
        assert!(guess_by_names(&names(&["a", "b"])).is_none());
        let rows = [names(&["a", "b", "881250949"])];
        assert_eq!(guess_by_values(&rows).unwrap().time.as_deref(), Some("3"));
        let rows = [names(&["a", "b", "3", "881250949"]), names(&["a", "c", "2.5", "881250950"])];
        assert_eq!(guess_by_values(&rows).unwrap().time.as_deref(), Some("4"));
    }

    #[test]
    fn resolves_names_and_numbers() {
        let mapping = |user: &str, item: &str| ColumnMapping {
            user: user.into(),
            item: item.into(),
            ..Default::default()
        };
        let all = names(&["who", "What", "2"]);
        let found = Columns::resolve(&mapping("1", "what"), &all).unwrap();
        assert_eq!((found.user, found.item), (0, 1));
        assert_eq!(Columns::resolve(&mapping("who", "2"), &all).unwrap().item, 2);
        let e = Columns::resolve(&mapping("who", "4"), &all).unwrap_err();
        assert_eq!(e.to_string(), "column 4: there is no such column; the file has who, What, 2");
        let e = Columns::resolve(&mapping("who", "1"), &all).unwrap_err();
        assert_eq!(e.to_string(), "mapping: column \"who\" is mapped twice");
    }
}
