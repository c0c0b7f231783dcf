//! The counts of an independent program on MovieLens-latest-small (see the repository's reference numbers:
//! filter 20/20, temporal split 0.7, 0.1, 0.2).

mod common;

use std::fs;
use warren::data::filter::{Filter, filter};
use warren::data::formats::{LoadOptions, Loader};
use warren::data::split::{SplitKind, split};
use warren::data::stats::summarize;
use warren::rng::Seed;
use warren::task::{Task, run};

#[test]
fn ml_latest_small() {
    let (Some(ratings), Some(movies)) =
        (common::real_data("ml-latest-small/ratings.csv"), common::real_data("ml-latest-small/movies.csv"))
    else {
        return;
    };
    let mut loader = Loader::new(LoadOptions::default());
    for path in [movies, ratings] {
        loader.begin(&path.to_string_lossy()).unwrap();
        for chunk in fs::read(path).unwrap().chunks(1 << 16) {
            loader.push(chunk).unwrap();
        }
    }
    let loaded = loader.finish_now().unwrap();
    assert_eq!((loaded.format, loaded.data.name.as_str()), ("movielens", "ratings.csv"));
    assert!(loaded.data.info.titles.iter().all(|title| !title.is_empty()));

    let thresholds = Filter { min_user: 20, min_item: 20, min_rating: None };
    let (data, dropped) = run(filter(&loaded.data, &thresholds, &Task::silent())).unwrap();
    let parts = run(split(&data, SplitKind::Temporal([0.7, 0.1, 0.2]), Seed(1), &Task::silent())).unwrap();
    let s = summarize(&data, &parts, dropped);
    assert_eq!((s.users, s.items, s.interactions), (625, 1283, 68_017));
    assert_eq!((s.train, s.validation, s.test), (47_332, 6_829, 13_856));
    assert_eq!(s.items_without_training_interaction, 0);
    assert_eq!((s.strata.popular, s.strata.neutral, s.strata.unpopular), (65, 192, 1026));
    assert_eq!(s.dropped.interactions, loaded.data.rows.len() - 68_017);
    assert_eq!(data.info.titles.len(), 1283);
    let toy_story = data.items.iter().position(|id| id == "1").unwrap();
    assert_eq!(data.info.titles[toy_story], "Toy Story (1995)");
}
