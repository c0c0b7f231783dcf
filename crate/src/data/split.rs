//! Training, validation and test parts (methods: section 1).

use super::interactions::{Interactions, Sequences, Split};
use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param};
use crate::rng::Seed;
use crate::task::Task;
use rand::Rng as _;
use std::fmt;
use std::str::FromStr;

const fn ratio(name: &'static str, title: &'static str, doc: &'static str, default: f64) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Float { min: 0.0, max: 1.0, default, log: false } }
}

/// Description of the temporal split.
pub static TEMPORAL: Method = Method {
    name: "temporal",
    title: "by time, per user",
    doc: "Each user's interactions in order of time: the first train, the next validate, the rest test.",
    formula: "train = first ⌊a·n⌋, validation = up to ⌊(a+b)·n⌋, test = the rest of a user's n",
    source: "KDD 2021, section 5.1 (0.7, 0.1, 0.2); KDD 2019, section 5.1 (0.6, 0.2, 0.2)",
    params: &[
        ratio("train", "training share", "Share of each user's interactions to train on.", 0.7),
        ratio("validation", "validation share", "Share to choose settings on.", 0.1),
        ratio("test", "test share", "Share to measure on.", 0.2),
    ],
};

/// Description of the random split.
pub static RANDOM: Method = Method {
    name: "random",
    title: "at random",
    doc: "All interactions shuffled: the first train, the next validate, the rest test.",
    formula: "train = first ⌊a·N⌋ of all N shuffled, validation = up to ⌊(a+b)·N⌋, test = the rest",
    source: "KDD 2025, section 5.1 (0.8, 0.1, 0.1)",
    params: &[
        ratio("train", "training share", "Share of all interactions to train on.", 0.8),
        ratio("validation", "validation share", "Share to choose settings on.", 0.1),
        ratio("test", "test share", "Share to measure on.", 0.1),
    ],
};

/// Description of the leave-one-out split.
pub static LEAVE_ONE_OUT: Method = Method {
    name: "leave-one-out",
    title: "leave one out",
    doc: "Each user's last interaction tests, the one before validates, the rest train.",
    formula: "train = first n−2 of a user's n, validation = 1, test = 1",
    source: "He et al., WWW 2017, section 4.1",
    params: &[],
};

/// All splits.
pub static METHODS: [&Method; 3] = [&TEMPORAL, &RANDOM, &LEAVE_ONE_OUT];

/// A checked choice of split; its text form is that of the command line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SplitKind {
    /// Per user by time, with the shares of training, validation and test.
    Temporal([f64; 3]),
    /// All interactions at random, with the shares of training, validation and test.
    Random([f64; 3]),
    /// The last one tests, the one before validates.
    LeaveOneOut,
}

/// What the text of a split looks like, as a regular expression; that the shares sum to 1 it cannot say.
pub const PATTERN: &str =
    r"^\s*((temporal|random)(:\s*[0-9.eE+-]+\s*(,\s*[0-9.eE+-]+\s*){2})?|leave-one-out)\s*$";

const FORMS: &str = "temporal:0.7,0.1,0.2, random:0.8,0.1,0.1, leave-one-out";

fn bad(text: &str, message: impl Into<String>) -> Error {
    Error::new(Code::OutOfRange, message).for_key("data.split").with_value(text)
}

impl SplitKind {
    fn checked(self) -> Result<Self> {
        if let Self::Temporal(shares) | Self::Random(shares) = self {
            let text = self.to_string();
            if !shares.iter().all(|share| *share > 0.0) {
                return Err(bad(&text, format!("\"{text}\": each share must be above 0")));
            }
            let sum: f64 = shares.iter().sum();
            if (sum - 1.0).abs() > 1e-9 {
                return Err(bad(&text, format!("\"{text}\": the shares sum to {sum}, not 1")));
            }
        }
        Ok(self)
    }
}

impl fmt::Display for SplitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporal([a, b, c]) => write!(f, "temporal:{a},{b},{c}"),
            Self::Random([a, b, c]) => write!(f, "random:{a},{b},{c}"),
            Self::LeaveOneOut => f.write_str("leave-one-out"),
        }
    }
}

impl FromStr for SplitKind {
    type Err = Error;

    /// Reads `temporal:0.7,0.1,0.2`, `random:0.8,0.1,0.1` or `leave-one-out`; the shares may be left out.
    fn from_str(text: &str) -> Result<Self> {
        let (name, shares) = text.trim().split_once(':').map_or((text.trim(), None), |(n, s)| (n, Some(s)));
        let parse = |default: [f64; 3]| -> Result<[f64; 3]> {
            let Some(shares) = shares else { return Ok(default) };
            let numbers: Vec<f64> = shares.split(',').map_while(|s| s.trim().parse().ok()).collect();
            let given = shares.split(',').count();
            <[f64; 3]>::try_from(numbers).ok().filter(|_| given == 3).ok_or_else(|| {
                bad(
                    text,
                    format!(
                        "\"{text}\" needs three shares, as in {name}:{},{},{}",
                        default[0], default[1], default[2]
                    ),
                )
            })
        };
        match name {
            "temporal" => Self::Temporal(parse([0.7, 0.1, 0.2])?).checked(),
            "random" => Self::Random(parse([0.8, 0.1, 0.1])?).checked(),
            "leave-one-out" if shares.is_none() => Ok(Self::LeaveOneOut),
            _ => Err(bad(text, format!("\"{text}\" is not a split (such as {FORMS})"))),
        }
    }
}

/// Interactions between two checkpoints: a few milliseconds.
const CHUNK: usize = 1 << 16;

/// How many of `n` come before the share `share` ends; the tiny addend keeps 0.7 · 10 at 7.
fn first(share: f64, n: usize) -> usize {
    ((share * n as f64 + 1e-9).floor() as usize).min(n)
}

/// Splits the data; only `random` uses the seed (stream `split`).
///
/// # Errors
/// [`Code::NoData`] if nothing is left to train on; [`Code::Cancelled`].
pub async fn split(data: &Interactions, kind: SplitKind, seed: Seed, task: &Task) -> Result<Split> {
    let ordered = by_user_and_time(data, task).await?;
    let parts = match kind {
        SplitKind::Random([a, b, _]) => Some(at_random(data.rows.len(), [a, b], seed, task).await?),
        SplitKind::Temporal(_) | SplitKind::LeaveOneOut => None,
    };
    let mut sequences: [Sequences; 3] = std::array::from_fn(|_| Sequences::from_rows([[0_u32; 0]; 0]));
    let mut since = 0;
    for rows in ordered.rows() {
        let n = rows.len();
        let (train, validation) = match kind {
            SplitKind::Temporal([a, b, _]) => (first(a, n), first(a + b, n)),
            _ => (n.saturating_sub(2), n.saturating_sub(1)),
        };
        for (at, &row) in rows.iter().enumerate() {
            let part = match &parts {
                Some(parts) => usize::from(parts[row as usize]),
                None => usize::from(at >= train) + usize::from(at >= validation),
            };
            sequences[part].push(data.rows[row as usize].item);
        }
        sequences.iter_mut().for_each(Sequences::end_row);
        since += n;
        if since >= CHUNK {
            since = 0;
            task.checkpoint().await?;
        }
    }
    let [train, validation, test] = sequences;
    let out = Split { n_users: data.users.len(), n_items: data.items.len(), train, validation, test };
    if out.train.is_empty() {
        let (users, rows) = (data.users.len(), data.rows.len());
        let message = format!(
            "\"{kind}\" leaves nothing to train on: the data has {rows} interactions of {users} users"
        );
        return Err(Error::new(Code::NoData, message).for_key("data.split").with_value(kind.to_string()));
    }
    Ok(out)
}

/// Which part each of `n` interactions goes to: 0 train, 1 validation, 2 test.
async fn at_random(n: usize, [a, b]: [f64; 2], seed: Seed, task: &Task) -> Result<Vec<u8>> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    let mut rng = seed.stream("split");
    // Fisher–Yates with 64-bit draws: the same order whatever the width of `usize`.
    for last in (1..n).rev() {
        let draw = u128::from(rng.next_u64()) * (last as u128 + 1);
        order.swap(last, (draw >> 64) as usize);
        if last % CHUNK == 0 {
            task.checkpoint().await?;
        }
    }
    let (train, validation) = (first(a, n), first(a + b, n));
    let mut parts = vec![0_u8; n];
    order[train..validation].iter().for_each(|&row| parts[row as usize] = 1);
    order[validation..].iter().for_each(|&row| parts[row as usize] = 2);
    Ok(parts)
}

/// Row numbers of each user, by (time, place in the file).
async fn by_user_and_time(data: &Interactions, task: &Task) -> Result<Sequences> {
    let mut rows = Sequences::grouped(data.users.len(), data.rows.iter().map(|row| row.user));
    task.checkpoint().await?;
    let mut since = 0;
    for user in 0..rows.n_rows() {
        let list = rows.row_mut(user);
        // A stable sort keeps the file's order among equal times.
        list.sort_by_key(|&n| data.rows[n as usize].time);
        since += list.len();
        if since >= CHUNK {
            since = 0;
            task.checkpoint().await?;
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::formats::collector::Collector;
    use crate::task::run;
    use proptest::prelude::*;

    fn split(data: &Interactions, kind: SplitKind, seed: Seed) -> Result<Split> {
        run(super::split(data, kind, seed, &Task::silent()))
    }

    fn data(rows: &[(u32, u32, i64)]) -> Interactions {
        let mut c = Collector::new();
        for (u, i, t) in rows {
            c.add(u.to_string().as_bytes(), i.to_string().as_bytes(), None, Some(*t)).unwrap();
        }
        c.finish("test")
    }

    #[test]
    fn by_time_then_place() {
        let rows: Vec<_> = (0..10).map(|n| (1, n, if n < 5 { 100 } else { 50 })).collect();
        let s = split(&data(&rows), "temporal:0.7,0.1,0.2".parse().unwrap(), Seed(1)).unwrap();
        assert_eq!(s.train.row(0), [5, 6, 7, 8, 9, 0, 1]);
        assert_eq!((s.validation.row(0), s.test.row(0)), (&[2][..], &[3, 4][..]));
        let s = split(&data(&rows), SplitKind::LeaveOneOut, Seed(1)).unwrap();
        assert_eq!((s.train.len(), s.validation.row(0), s.test.row(0)), (8, &[3][..], &[4][..]));
    }

    #[test]
    fn texts() {
        for text in ["temporal:0.6,0.2,0.2", "random:0.8,0.1,0.1", "leave-one-out"] {
            assert_eq!(text.parse::<SplitKind>().unwrap().to_string(), text);
        }
        assert_eq!("temporal".parse::<SplitKind>().unwrap(), SplitKind::Temporal([0.7, 0.1, 0.2]));
        let fault = |text: &str| text.parse::<SplitKind>().unwrap_err().to_string();
        assert_eq!(
            fault("random:0.8,0.1,0.2"),
            "data.split: \"random:0.8,0.1,0.2\": the shares sum to 1.1, not 1"
        );
        assert_eq!(fault("temporal:1,0,0"), "data.split: \"temporal:1,0,0\": each share must be above 0");
        assert_eq!(
            fault("temporal:0.5,0.5"),
            "data.split: \"temporal:0.5,0.5\" needs three shares, as in temporal:0.7,0.1,0.2"
        );
        assert!(fault("temporal:nan,0.5,0.5").contains("above 0"));
        assert!(fault("newest").contains("is not a split"));
    }

    #[test]
    fn nothing_to_train_on() {
        let e = split(&data(&[(1, 1, 0)]), SplitKind::LeaveOneOut, Seed(1)).unwrap_err();
        let message = "data.split: \"leave-one-out\" leaves nothing to train on: the data has 1 interactions of 1 users";
        assert_eq!(e.to_string(), message);
    }

    proptest! {
        #[test]
        fn parts_partition_each_user(
            rows in prop::collection::vec((0_u32..6, 0_u32..20, -5_i64..5), 10..80), kind in 0_usize..3, seed in 0_u64..100,
        ) {
            let d = data(&rows);
            let kind = [SplitKind::Temporal([0.7, 0.1, 0.2]), SplitKind::Random([0.8, 0.1, 0.1]), SplitKind::LeaveOneOut][kind];
            let Ok(s) = split(&d, kind, Seed(seed)) else { return Ok(()) };
            prop_assert_eq!(s.train.len() + s.validation.len() + s.test.len(), d.rows.len());
            prop_assert_eq!(&s, &split(&d, kind, Seed(seed)).unwrap());
            for u in 0..s.n_users {
                let mut parts = [s.train.row(u), s.validation.row(u), s.test.row(u)].concat();
                let mut whole: Vec<u32> = d.rows.iter().filter(|r| r.user as usize == u).map(|r| r.item).collect();
                parts.sort_unstable();
                whole.sort_unstable();
                prop_assert_eq!(parts, whole);
                let time = |item: &u32| d.rows.iter().find(|r| r.user as usize == u && r.item == *item).unwrap().time;
                prop_assert!(s.train.row(u).is_sorted_by_key(time));
            }
            if let SplitKind::Random(_) = kind {
                prop_assert_eq!(s.train.len(), (0.8 * d.rows.len() as f64 + 1e-9) as usize);
            }
        }
    }
}
