//! FILE and the options that say how to read, filter and split it.

use crate::derived;
use clap::ArgMatches;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;
use warren::catalog::{self, BUILTIN, FORMATS};
use warren::config::{self, RunConfig};
use warren::data::formats::{ColumnMapping, LoadOptions, Loader};
use warren::data::interactions::Interactions;
use warren::error::{Code, Error, Result};
use warren::params::Params;
use warren::pipeline::{self, Prepared};
use warren::rng::Seed;
use warren::task::{self, Progress, Task};

/// Files that may hold titles, by the names that MovieLens gives them.
const TITLE_FILES: [&str; 4] = ["movies.csv", "movies.dat", "u.item", "u.genre"];

/// Bytes read at a time: some ten milliseconds of work between two looks at Ctrl-C.
const CHUNK: usize = 1 << 20;

/// Where the data comes from and what is done with it.
pub struct Source {
    place: Place,
    options: LoadOptions,
    titles: Option<PathBuf>,
    /// `data` and `seed` as given on the command line, and nothing else.
    given: Map<String, Value>,
    config: Params,
    seed: Seed,
}

enum Place {
    Stdin,
    File(PathBuf),
    /// Checked parameters of an entry of `BUILTIN`.
    Builtin(Params),
}

impl Source {
    /// Reads and checks the options; the file is not opened yet.
    pub fn of(matches: &ArgMatches) -> Result<Self> {
        let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
        let format = text("format").map(|name| FORMATS.find(name).map(|m| m.name.to_owned()));
        let format = format.transpose().map_err(derived::as_option)?;
        let mapping = mapping(text("columns"), text("delimiter"))?;
        let data = derived::given(matches, "data", &[catalog::data()]);
        let run = derived::given(matches, "run", &[&catalog::RUN]);
        let seed = config::seed(&run).map_err(derived::as_option)?;
        let config = Params::check(catalog::data(), &data, "data").map_err(derived::as_option)?;
        config.str("split").parse::<warren::data::split::SplitKind>().map_err(derived::as_option)?;
        let mut given = run;
        if !data.is_empty() {
            given.insert("data".into(), Value::Object(data));
        }
        Ok(Self {
            place: place(text("file").unwrap_or_default())?,
            options: LoadOptions { format, mapping, ..LoadOptions::default() },
            titles: text("items").map(PathBuf::from),
            given,
            config,
            seed,
        })
    }

    /// The part of a run's configuration that the command line gives: it goes over presets and files.
    pub fn given(&self) -> Value {
        Value::Object(self.given.clone())
    }

    /// Filters and splits as this configuration says (which has taken up [`Source::given`]).
    pub fn take_config(&mut self, config: &RunConfig) {
        self.config = config.data.clone();
        self.seed = config.seed;
    }

    /// Takes the seed of generated data from a grid's base.
    pub fn take_seed(&mut self, seed: u64) {
        self.seed = Seed(seed);
    }

    /// The seed of the command line or the configuration.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Filter and split in one line, for summaries.
    pub fn config_text(&self) -> String {
        let mut parts = vec![
            format!("at least {} per user", self.config.usize("min_user")),
            format!("{} per item", self.config.usize("min_item")),
        ];
        if self.config.f64("min_rating") > 0.0 {
            parts.push(format!("rated {} or more", self.config.f64("min_rating")));
        }
        parts.push(self.config.str("split").to_owned());
        parts.join(", ")
    }

    /// Reads, filters and splits.
    pub fn prepare(&self, task: &Task) -> Result<Prepared> {
        let began = Instant::now();
        let data = self.load(task)?;
        let prepared = task::run(pipeline::prepare(&data, &self.config, self.seed, task));
        let mut prepared = prepared.map_err(derived::as_option)?;
        prepared.parse_seconds = began.elapsed().as_secs_f64();
        Ok(prepared)
    }

    /// Reads, and neither filters nor splits.
    pub fn load(&self, task: &Task) -> Result<Interactions> {
        match &self.place {
            Place::Builtin(params) => {
                let &(_, build) = BUILTIN.find(params.method.name)?;
                let name = params.method.name;
                // Its settings stand in FILE, not in a section of a configuration.
                task::run(build(params, self.seed, task)).map_err(|e| match e.key.clone() {
                    Some(key) => {
                        Error { key: Some(key.replace("builtin.", &format!("builtin:{name}."))), ..e }
                    }
                    None => e,
                })
            }
            Place::Stdin => {
                let mut loader = Loader::new(self.options.clone());
                task::run(self.load_titles(&mut loader, task))?;
                loader.begin("stdin")?;
                task::run(feed(&mut loader, io::stdin().lock(), None, task))
                    .map_err(|e| e.in_file("stdin"))?;
                Ok(task::run(loader.finish(task))?.data)
            }
            Place::File(path) => {
                let mut loader = Loader::new(self.options.clone());
                task::run(self.load_titles(&mut loader, task))?;
                task::run(load_file(&mut loader, path, task))?;
                Ok(task::run(loader.finish(task))?.data)
            }
        }
    }

    /// Titles from `--items`, or from the well-known files beside FILE.
    async fn load_titles(&self, loader: &mut Loader, task: &Task) -> Result<()> {
        if let Some(path) = &self.titles {
            return load_file(loader, path, task).await;
        }
        let Place::File(file) = &self.place else { return Ok(()) };
        let mut beside: Vec<_> = TITLE_FILES.iter().map(|name| file.with_file_name(name)).collect();
        // RecBole names both after the data set: x.inter, x.item.
        beside.push(file.with_extension("item"));
        for path in beside.iter().filter(|p| *p != file && p.is_file()) {
            load_file(loader, path, task).await?;
        }
        Ok(())
    }
}

async fn load_file(loader: &mut Loader, path: &Path, task: &Task) -> Result<()> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Error::from(e).in_file(&name))?;
    let size = file.metadata().ok().map(|m| m.len());
    loader.begin(&name)?;
    feed(loader, file, size, task).await.map_err(|e| e.in_file(name))
}

/// Passes a stream on chunk by chunk, with progress in bytes.
async fn feed(loader: &mut Loader, mut from: impl Read, size: Option<u64>, task: &Task) -> Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut done = 0;
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        loader.push(&buffer[..n])?;
        done += n;
        let total = size.map(|s| s as f64);
        task.report(&Progress { total, ..Progress::of("parse", done, done, "bytes") });
        task.checkpoint().await?;
    }
}

/// A file, `-`, or `builtin:NAME?key=value,key=value`.
fn place(file: &str) -> Result<Place> {
    if file == "-" {
        if io::stdin().is_terminal() {
            let message = "\"-\" reads stdin, which is a terminal: pipe a file in";
            return Err(Error::new(Code::OutOfRange, message).for_key("FILE"));
        }
        return Ok(Place::Stdin);
    }
    let Some(name) = file.strip_prefix("builtin:") else { return Ok(Place::File(PathBuf::from(file))) };
    let (name, settings) = name.split_once('?').unwrap_or((name, ""));
    let (method, _) = BUILTIN.find(name).map_err(|mut e| {
        e.key = Some("builtin".into());
        e
    })?;
    let mut given = Map::new();
    for setting in settings.split([',', '&']).filter(|s| !s.is_empty()) {
        let Some((key, text)) = setting.split_once('=') else {
            let message =
                format!("\"{setting}\" is not key=value, as in builtin:synthetic?users=300,items=500");
            return Err(Error::new(Code::OutOfRange, message).for_key("builtin"));
        };
        let kind = method.params.iter().find(|p| p.name == key).map(|p| &p.kind);
        given.insert(key.into(), kind.map_or(json!(text), |kind| derived::read(text, kind)));
    }
    Ok(Place::Builtin(Params::check(method, &given, &format!("builtin:{name}"))?))
}

/// `user=uid,item=3,rating=stars,time=when` and a delimiter.
fn mapping(columns: Option<&str>, delimiter: Option<&str>) -> Result<Option<ColumnMapping>> {
    let fault = |message: String| Error::new(Code::OutOfRange, message).for_key("--columns");
    let Some(columns) = columns else {
        return match delimiter {
            None => Ok(None),
            Some(_) => Err(fault("--delimiter needs it too, e.g. --columns user=1,item=2".into())),
        };
    };
    let mut mapping = ColumnMapping { delimiter: delimiter.map(str::to_owned), ..ColumnMapping::default() };
    for part in columns.split(',') {
        let Some((role, column)) = part.split_once('=') else {
            return Err(fault(format!("\"{part}\" is not ROLE=COLUMN, as in user=1,item=2,rating=3,time=4")));
        };
        match role.trim() {
            "user" => mapping.user = column.into(),
            "item" => mapping.item = column.into(),
            "rating" => mapping.rating = Some(column.into()),
            "time" => mapping.time = Some(column.into()),
            other => return Err(fault(format!("\"{other}\" is not one of user, item, rating, time"))),
        }
    }
    if mapping.user.is_empty() || mapping.item.is_empty() {
        return Err(fault(format!("\"{columns}\" has to name a user and an item column")));
    }
    Ok(Some(mapping))
}
