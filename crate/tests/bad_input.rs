//! Every kind of bad file, with the exact message that people see.

use std::io::{Cursor, Write};
use warren::data::filter::{Filter, filter};
use warren::data::formats::{ColumnMapping, LoadOptions, Loader, Reader, preview};
use warren::data::interactions::Interactions;
use warren::data::split::{SplitKind, split};
use warren::error::{Code, Result};
use warren::rng::Seed;
use warren::task::{Task, run};
use zip::write::{SimpleFileOptions, ZipWriter};

const HEADER: &str = "userId,movieId,rating,timestamp\n";

fn load_with(name: &str, bytes: &[u8], options: &LoadOptions) -> Result<Interactions> {
    let mut reader = Reader::new(name, options.clone());
    for chunk in bytes.chunks(4099) {
        reader.push(chunk)?;
    }
    reader.finish()
}

fn load(name: &str, bytes: &[u8]) -> Result<Interactions> {
    load_with(name, bytes, &LoadOptions::default())
}

fn mapped(mapping: ColumnMapping) -> LoadOptions {
    LoadOptions { mapping: Some(mapping), ..LoadOptions::default() }
}

fn users_and_items(user: &str, item: &str) -> ColumnMapping {
    ColumnMapping { user: user.into(), item: item.into(), ..ColumnMapping::default() }
}

#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T>, code: Code, message: &str) {
    let e = result.unwrap_err();
    assert_eq!((e.to_string().as_str(), e.code), (message, code));
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// Rewrites the unpacked size that a zip of one file claims; returns its packed size.
fn claim(zip: &mut [u8], size: u32) -> u32 {
    let local = 0;
    let central = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let packed = u32::from_le_bytes(zip[central + 20..central + 24].try_into().unwrap());
    zip[local + 22..local + 26].copy_from_slice(&size.to_le_bytes());
    zip[central + 24..central + 28].copy_from_slice(&size.to_le_bytes());
    packed
}

#[test]
fn faults_of_text() {
    let table: &[(&str, &[u8], Code, &str)] = &[
        ("ratings.csv", b"", Code::EmptyFile, "ratings.csv: the file is empty"),
        ("ratings.csv", b"\xef\xbb\xbf\r\n \n", Code::EmptyFile, "ratings.csv: the file is empty"),
        ("ratings.csv", HEADER.as_bytes(), Code::NoData, "ratings.csv: the file has no interactions"),
        (
            "junk.bin",
            b"\x7fELF\x02\x01\x01\x00\x00\x00",
            Code::NotText,
            "junk.bin: not text: byte 4 is 0x02; expected a text, gzip or zip file",
        ),
        (
            "wide.csv",
            b"\xff\xfeu\0s\0e\0r\0",
            Code::NotText,
            "wide.csv: the file is in UTF-16; save it as UTF-8",
        ),
        (
            "notes.txt",
            b"Dear reader,\nthis is a letter; it has no columns\nat all\n",
            Code::UnknownFormat,
            "notes.txt: no known format fits (tried movielens, recbole, jsonl, adjacency, delimited); say which \
             columns hold the users and the items",
        ),
        (
            "ratings.csv",
            b"userId,movieId,rating,timestamp\n1,31,2.5,10\n\n1,32,2.5,abc\n",
            Code::BadValue,
            "ratings.csv, line 4, column timestamp: \"abc\" is not a whole number of seconds",
        ),
        (
            "ratings.csv",
            b"userId,movieId,rating,timestamp\r\n1,31,inf,10\r\n",
            Code::BadValue,
            "ratings.csv, line 2, column rating: \"inf\" is not a finite number",
        ),
        (
            "ratings.csv",
            b"userId,movieId,rating,timestamp\n1,31,2.5,10\n1,32\n",
            Code::BadValue,
            "ratings.csv, line 3, column rating: the line has 2 fields and no such column",
        ),
        (
            "ratings.csv",
            b"userId,movieId,rating,timestamp\n1,31,2.5,10\n,32,1,1\n",
            Code::BadValue,
            "ratings.csv, line 3: the user id is empty",
        ),
        (
            "ratings.csv",
            b"userId,movieId,rating,timestamp\n1,caf\xe9,1,1\n",
            Code::NotText,
            "ratings.csv, line 2: \"caf\u{fffd}\" is not UTF-8 text",
        ),
        (
            "u.data",
            b"196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n244\t51\ttwo\t880606923\n",
            Code::BadValue,
            "u.data, line 4, column rating: \"two\" is not a number",
        ),
        (
            "ratings.dat",
            b"1::1193::5::soon\n1::661::3::978302109\n",
            Code::BadValue,
            "ratings.dat, line 1, column timestamp: \"soon\" is not a whole number of seconds",
        ),
        (
            "mine.tsv",
            b"ann\tx\t5\t978302109\nann\ty\t5\t9783021x9\nbob\tx\t5\t978302109\n",
            Code::BadValue,
            "mine.tsv, line 2, column 4: \"9783021x9\" is not a whole number of seconds",
        ),
        (
            "mine.csv",
            b"user,item,rating\n1,2,3\n1,3\n2,2,4\n",
            Code::BadValue,
            "mine.csv, line 3, column rating: the line has 2 fields and no such column",
        ),
    ];
    for (name, bytes, code, message) in table {
        assert_error(load(name, bytes), *code, message);
    }
}

#[test]
fn mappings_that_do_not_fit() {
    let text = format!("{HEADER}1,31,2.5,10\n");
    let options =
        mapped(ColumnMapping { delimiter: Some(";".into()), ..users_and_items("userId", "movieId") });
    let message = "ratings.csv, line 1: there is no delimiter \";\"; it seems to be \",\"";
    assert_error(load_with("ratings.csv", text.as_bytes(), &options), Code::UnknownFormat, message);

    let message = "ratings.csv, column user_id: there is no such column; the file has userId, movieId, rating, timestamp";
    let options = mapped(users_and_items("user_id", "movieId"));
    assert_error(load_with("ratings.csv", text.as_bytes(), &options), Code::MissingColumn, message);

    let options = LoadOptions { format: Some("parquet".into()), ..LoadOptions::default() };
    let message =
        "ratings.csv, format: \"parquet\" is not one of movielens, recbole, jsonl, adjacency, delimited";
    assert_error(load_with("ratings.csv", text.as_bytes(), &options), Code::UnknownName, message);
    assert_error(preview("ratings.csv", text.as_bytes(), &options), Code::UnknownName, message);
}

#[test]
fn archives_that_lie() {
    let text = format!("{HEADER}{}", "1,31,2.5,10\n".repeat(50));
    let mut zip = zip_of(&[("ml/ratings.csv", text.as_bytes())]);
    assert_eq!(load("ml.zip", &zip).unwrap().rows.len(), 1);

    let packed = claim(&mut zip, 2 << 30);
    let message = format!(
        "ml.zip/ml/ratings.csv: claims to unpack to 2147483648 bytes from {packed}, which no zip can"
    );
    assert_error(load("ml.zip", &zip), Code::BadArchive, &message);

    let mut options = LoadOptions::default();
    options.limits.max_unpacked = 1 << 30;
    let message = "ml.zip/ml/ratings.csv: claims to unpack to 2147483648 bytes; the limit is 1073741824";
    assert_error(load_with("ml.zip", &zip, &options), Code::TooLarge, message);

    claim(&mut zip, 1000);
    let message = format!("ml.zip/ml/ratings.csv: unpacks to {} bytes but claims 1000", text.len());
    assert_error(load("ml.zip", &zip), Code::BadArchive, &message);
}

#[test]
fn bombs() {
    let text = format!("{HEADER}{}", "1,31,2.5,10\n".repeat(2 << 20));
    let message = "bomb.zip/ratings.csv: unpacks to more than 200 times its size; data does not do that";
    assert_error(load("bomb.zip", &zip_of(&[("ratings.csv", text.as_bytes())])), Code::TooLarge, message);
    let message = "ratings.csv.gz: unpacks to more than 200 times its size; data does not do that";
    assert_error(load("ratings.csv.gz", &gzip_of(text.as_bytes())), Code::TooLarge, message);

    let mut options = LoadOptions::default();
    options.limits.max_unpacked = 100;
    let text = format!("{HEADER}{}", "1,31,2.5,10\n".repeat(50));
    let message = "ratings.csv.gz: unpacks to more than 100 bytes, the limit";
    assert_error(load_with("ratings.csv.gz", &gzip_of(text.as_bytes()), &options), Code::TooLarge, message);
}

#[test]
fn damaged_and_unhelpful_archives() {
    let text = format!("{HEADER}1,31,2.5,10\n");
    let gzip = gzip_of(text.as_bytes());
    let message = "ratings.csv.gz: the gzip data ends too early or its checksum is wrong: the file is cut off or damaged";
    for end in [gzip.len() / 2, gzip.len() - 1] {
        assert_error(load("ratings.csv.gz", &gzip[..end]), Code::BadArchive, message);
    }
    let zip = zip_of(&[("ratings.csv", text.as_bytes())]);
    let e = load("ml.zip", &zip[..zip.len() / 2]).unwrap_err();
    assert_eq!(e.code, Code::BadArchive);
    assert!(e.to_string().starts_with("ml.zip: damaged or unsupported zip: "), "{e}");

    let message = "x.zip: the zip holds several files (a.csv, b.csv); unpack it and choose one";
    let zip = zip_of(&[("a.csv", b"1,2"), ("b.csv", b"1,2"), ("README", b"hello")]);
    assert_error(load("x.zip", &zip), Code::UnknownFormat, message);
    let message = "x.zip: the zip holds no file of interactions";
    assert_error(load("x.zip", &zip_of(&[("README", b"hello")])), Code::NoData, message);
    let zip = zip_of(&[("inner.zip", &zip)]);
    assert_error(load("x.zip", &zip), Code::BadArchive, "x.zip/inner.zip: a zip within a zip is not read");
}

#[test]
fn too_little_data() {
    let one_user = format!("{HEADER}{}", (0..30).map(|i| format!("7,{i},4,{i}\n")).collect::<String>());
    let data = load("one.csv", one_user.as_bytes()).unwrap();
    for kind in ["temporal:0.7,0.1,0.2", "random:0.8,0.1,0.1", "leave-one-out"] {
        let parts = run(split(&data, kind.parse::<SplitKind>().unwrap(), Seed(1), &Task::silent())).unwrap();
        assert_eq!((parts.n_users, parts.n_items), (1, 30));
    }
    let message = "nothing of 1 users, 30 items and 30 interactions is left after min_user 20, min_item 20: at the \
                   first pass the largest counts were 30 for a user and 1 for an item";
    assert_error(
        run(filter(&data, &Filter { min_user: 20, min_item: 20, min_rating: None }, &Task::silent())),
        Code::NoData,
        message,
    );
    let message = "nothing of 1 users, 30 items and 30 interactions is left after min_user 31: at the first pass the \
                   largest counts were 30 for a user and 1 for an item";
    assert_error(
        run(filter(&data, &Filter { min_user: 31, min_item: 0, min_rating: None }, &Task::silent())),
        Code::NoData,
        message,
    );
}

#[test]
fn files_that_do_not_go_together() {
    let mut loader = Loader::new(LoadOptions::default());
    assert_error(loader.push(b"x"), Code::BadState, "no file was begun");
    loader.begin("movies.csv").unwrap();
    loader.push(b"movieId,title,genres\n1,Toy Story (1995),Comedy\n").unwrap();
    let message = "titles but no interactions";
    assert_error(loader.finish_now(), Code::NoData, message);

    let mut loader = Loader::new(LoadOptions::default());
    for name in ["a.csv", "b.csv"] {
        loader.begin(name).unwrap();
        loader.push(b"user,item\n1,2\n").unwrap();
    }
    let message = "a.csv and b.csv both hold interactions; load one at a time";
    assert_error(loader.finish_now(), Code::BadState, message);
}
