//! Built-in data: Davis' Southern Women, small enough to see every node.

use super::formats::collector::Collector;
use super::interactions::{Interactions, ItemInfo};
use crate::error::Result;
use crate::params::Method;

/// Description of the Southern Women data.
pub static SOUTHERN_WOMEN: Method = Method {
    name: "southern-women",
    title: "Southern Women",
    doc: "Which of 18 women of Natchez, Mississippi, attended which of 14 social events of one year; 89 attendances.",
    formula: "",
    source: "Davis, Gardner and Gardner, Deep South, University of Chicago Press 1941, figure 3",
    params: &[],
};

/// The women, and the numbers of the events each attended.
const WOMEN: [(&str, &[u8]); 18] = [
    ("Evelyn Jefferson", &[1, 2, 3, 4, 5, 6, 8, 9]),
    ("Laura Mandeville", &[1, 2, 3, 5, 6, 7, 8]),
    ("Theresa Anderson", &[2, 3, 4, 5, 6, 7, 8, 9]),
    ("Brenda Rogers", &[1, 3, 4, 5, 6, 7, 8]),
    ("Charlotte McDowd", &[3, 4, 5, 7]),
    ("Frances Anderson", &[3, 5, 6, 8]),
    ("Eleanor Nye", &[5, 6, 7, 8]),
    ("Pearl Oglethorpe", &[6, 8, 9]),
    ("Ruth DeSand", &[5, 7, 8, 9]),
    ("Verne Sanderson", &[7, 8, 9, 12]),
    ("Myra Liddel", &[8, 9, 10, 12]),
    ("Katherina Rogers", &[8, 9, 10, 12, 13, 14]),
    ("Sylvia Avondale", &[7, 8, 9, 10, 12, 13, 14]),
    ("Nora Fayette", &[6, 7, 9, 10, 11, 12, 13, 14]),
    ("Helen Lloyd", &[7, 8, 10, 11, 12]),
    ("Dorothy Murchison", &[8, 9]),
    ("Olivia Carleton", &[9, 11]),
    ("Flora Price", &[9, 11]),
];

/// The events' dates (month, day), in the order of their numbers. The source gives no year.
const DATES: [(u8, u8); 14] = [
    (6, 27),
    (3, 2),
    (4, 12),
    (9, 26),
    (2, 25),
    (5, 19),
    (3, 15),
    (9, 16),
    (4, 8),
    (6, 10),
    (2, 23),
    (4, 7),
    (11, 21),
    (8, 3),
];

/// Davis' Southern Women: 18 women (users) × 14 events (items, titled by their dates), 89 attendances,
/// timed by the events' dates, as if in 1936 (the source gives no year).
///
/// # Errors
/// None in practice.
pub fn southern_women() -> Result<Interactions> {
    // Days of 1936, a leap year, before each month; 1936-01-01 is 12,419 days before 1970-01-01.
    const BEFORE: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
    let mut out = Collector::new();
    for (woman, events) in WOMEN {
        for &event in events {
            let (month, day) = DATES[usize::from(event) - 1];
            let time = (BEFORE[usize::from(month) - 1] + i64::from(day) - 1 - 12_419) * 86_400;
            out.add(woman.as_bytes(), format!("E{event}").as_bytes(), None, Some(time))?;
        }
    }
    let mut data = out.finish("Southern Women");
    let titles = data.items.iter().map(|id| {
        let number: usize = id[1..].parse().unwrap_or(1);
        let (month, day) = DATES[number - 1];
        format!("{id}, {month}/{day}")
    });
    data.info = ItemInfo { titles: titles.collect(), genres: vec![Vec::new(); data.items.len()] };
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_the_published_matrix() {
        let data = southern_women().unwrap();
        assert_eq!((data.users.len(), data.items.len(), data.rows.len(), data.repeated), (18, 14, 89, 0));
        let mut women = [0; 18];
        let mut events = [0; 14];
        for row in &data.rows {
            women[row.user as usize] += 1;
            events[data.items[row.item as usize][1..].parse::<usize>().unwrap() - 1] += 1;
        }
        assert_eq!(women, [8, 7, 8, 7, 4, 4, 4, 3, 4, 4, 4, 6, 7, 8, 5, 2, 2, 2]);
        assert_eq!(events, [3, 3, 6, 4, 8, 8, 10, 14, 12, 5, 4, 6, 3, 3]);
        let time = |id: &str| data.rows.iter().find(|r| data.items[r.item as usize] == id).unwrap().time;
        assert_eq!(time("E11"), super::super::formats::fields::time(b"1936-02-23").unwrap());
        assert_eq!(time("E13"), super::super::formats::fields::time(b"1936-11-21").unwrap());
    }
}
