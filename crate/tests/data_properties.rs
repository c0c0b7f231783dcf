//! Properties of reading: the same data whatever the format, the packing and the cuts between chunks.

use proptest::prelude::*;
use std::io::{Cursor, Write};
use warren::data::formats::collector::Collector;
use warren::data::formats::{LoadOptions, Loader, Reader};
use warren::data::interactions::Interactions;
use warren::data::synthetic::{METHOD, generate};
use warren::params::Params;
use warren::rng::Seed;
use warren::task::{Task, run};

/// Writes data as a file of some format; `None` where the format cannot hold it.
type Writer = fn(&Interactions) -> String;

fn lines(data: &Interactions, header: &str, row: impl Fn(&str, &str, f32, i64) -> String) -> String {
    let mut out = header.to_owned();
    for r in &data.rows {
        out += &row(&data.users[r.user as usize], &data.items[r.item as usize], r.rating, r.time);
        out.push('\n');
    }
    out
}

const WRITERS: [(&str, &str, Writer); 7] = [
    ("ratings.csv", "movielens", |d| {
        lines(d, "userId,movieId,rating,timestamp\n", |u, i, r, t| format!("{u},{i},{r},{t}"))
    }),
    ("u.data", "movielens", |d| lines(d, "", |u, i, r, t| format!("{u}\t{i}\t{r}\t{t}"))),
    ("ratings.dat", "movielens", |d| lines(d, "", |u, i, r, t| format!("{u}::{i}::{r}::{t}"))),
    ("x.inter", "recbole", |d| {
        let header = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
        lines(d, header, |u, i, r, t| format!("{u}\t{i}\t{r:.1}\t{t}.0"))
    }),
    ("x.jsonl", "jsonl", |d| {
        lines(d, "", |u, i, r, t| {
            format!(r#"{{"stars": {r:.1}, "asin": {i}, "extra": [1, {{}}], "user": "{u}", "ts": {t}}}"#)
        })
    }),
    ("semicolons.csv", "delimited", |d| {
        lines(d, "\u{feff}date;user;isbn;score\r\n", |u, i, r, t| format!("{t};\"{u}\";\"{i}\";{r}\r"))
    }),
    ("spaces.txt", "delimited", |d| {
        lines(d, "user item rating time\n", |u, i, r, t| format!("{u} {i} {r} {t}"))
    }),
];

fn small_data() -> impl Strategy<Value = Interactions> {
    prop::collection::vec((1_u32..30, 1_u32..2_000_000, 1_u8..=5, 1_i64..2_000_000_000), 1..60).prop_map(
        |rows| {
            let mut out = Collector::new();
            for (u, i, r, t) in rows {
                out.add(u.to_string().as_bytes(), i.to_string().as_bytes(), Some(f32::from(r)), Some(t))
                    .unwrap();
            }
            out.finish("x")
        },
    )
}

fn read(name: &str, bytes: &[u8], cuts: &[usize]) -> Interactions {
    let mut reader = Reader::new(name, LoadOptions::default());
    let mut rest = bytes;
    for cut in cuts.iter().cycle() {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        reader.push(now).unwrap_or_else(|e| panic!("{e}"));
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    reader.finish().unwrap_or_else(|e| panic!("{e}\n{}", String::from_utf8_lossy(bytes)))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any format, packed or not, in any chunks, gives the same ids and rows.
    #[test]
    fn round_trips(data in small_data(), cuts in prop::collection::vec(1_usize..40, 1..8), packing in 0..4) {
        for (name, format, write) in WRITERS {
            let text = write(&data).into_bytes();
            let (name, bytes) = match packing {
                0 => (name.to_owned(), text),
                // Without the last line end.
                1 => (name.to_owned(), text.trim_ascii_end().to_vec()),
                // Two members, cut anywhere.
                2 => {
                    let (a, b) = text.split_at(text.len() / 3);
                    (format!("{name}.gz"), [gzip(a), gzip(b)].concat())
                }
                _ => {
                    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
                    zip.start_file(format!("dir/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
                    zip.write_all(&text).unwrap();
                    ("any.zip".to_owned(), zip.finish().unwrap().into_inner())
                }
            };
            let back = read(&name, &bytes, &cuts);
            prop_assert_eq!(&back.fingerprint, &data.fingerprint, "{}", name);
            prop_assert_eq!(back.rows, data.rows.clone());
            let mut loader = Loader::new(LoadOptions::default());
            loader.begin(&name).unwrap();
            loader.push(&bytes).unwrap();
            prop_assert_eq!(loader.finish_now().unwrap().format, format);
        }
    }

    /// Adjacency lists hold neither ratings nor times, and users in blocks.
    #[test]
    fn adjacency_round_trips(lists in prop::collection::vec(prop::collection::btree_set(0_u32..50, 1..9), 1..20)) {
        let mut out = Collector::new();
        let mut text = String::new();
        for (user, items) in lists.iter().enumerate() {
            text += &format!("{user}");
            for item in items {
                text += &format!(" {item}");
                out.add(user.to_string().as_bytes(), item.to_string().as_bytes(), None, None).unwrap();
            }
            text.push('\n');
        }
        // Named, for lines of one length may as well be a table with spaces for separators.
        let options = LoadOptions { format: Some("adjacency".into()), ..LoadOptions::default() };
        let mut reader = Reader::new("train.txt", options);
        text.as_bytes().chunks(7).for_each(|chunk| reader.push(chunk).unwrap());
        prop_assert_eq!(reader.finish().unwrap().fingerprint, out.finish("x").fingerprint);
    }

    /// No bytes make the reader panic.
    #[test]
    fn anything_is_an_error_or_data(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[0-9a,;|:\\t\\n\"{} ]{0,200}") {
        for bytes in [&bytes[..], text.as_bytes(), &[b"PK\x03\x04", &bytes[..]].concat(), &[&[0x1f, 0x8b, 8, 0][..], &bytes].concat()] {
            let _ = warren::data::formats::preview("x.csv", bytes, &LoadOptions::default());
            let mut reader = Reader::new("x.csv", LoadOptions::default());
            if reader.push(bytes).is_ok() {
                let _ = reader.finish();
            }
        }
    }
}

#[test]
fn a_generated_file_comes_back() {
    let data = run(generate(&Params::defaults(&METHOD), Seed(5), &Task::silent())).unwrap();
    let text = lines(&data, "user,item,rating,time\n", |u, i, r, t| format!("{u},{i},{r},{t}"));
    let back = read("generated.csv", text.as_bytes(), &[1 << 20]);
    assert_eq!((back.fingerprint, back.rows), (data.fingerprint, data.rows));
}
