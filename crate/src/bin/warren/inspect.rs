//! `warren inspect`: what a file holds, and what filter and split leave of it.

use crate::host;
use crate::output::{self, Output};
use crate::source::Source;
use crate::text::{self, Table};
use clap::ArgMatches;
use warren::pipeline::Prepared;

/// Runs `warren inspect FILE`.
pub fn run(matches: &ArgMatches) -> crate::Done {
    let source = Source::of(matches)?;
    let report = Output::of(matches, "report")?;
    let stdout_is_data = report.as_ref().is_some_and(Output::is_stdout);
    let task = host::task(matches.get_flag("quiet"));
    let prepared = source.prepare(&task)?;
    drop(task);
    output::summary(&summary(&prepared, &source.config_text()), stdout_is_data)?;
    match report {
        Some(report) => report.write_json(&prepared.report()),
        None => Ok(()),
    }
}

fn summary(prepared: &Prepared, config: &str) -> String {
    let s = &prepared.summary;
    let count = |n: usize| text::count(n);
    let mut out = text::heading(&prepared.data.name, config);
    out.push('\n');

    let mut table = Table::new(["", "read", "kept", "dropped"]);
    for (what, kept, dropped) in [
        ("users", s.users, s.dropped.users),
        ("items", s.items, s.dropped.items),
        ("interactions", s.interactions, s.dropped.interactions),
    ] {
        table.row([what.into(), count(kept + dropped), count(kept), count(dropped)]);
    }
    let cells = |users: usize, items: usize| (users as f64) * (items as f64);
    let all = cells(s.users + s.dropped.users, s.items + s.dropped.items);
    let read = (s.interactions + s.dropped.interactions) as f64 / all;
    table.row(["density".into(), text::percent(read), text::percent(s.density), String::new()]);
    out.push_str(&table.render());

    let mut table = Table::new(["split", "interactions", "share"]);
    for (what, n) in [("train", s.train), ("validation", s.validation), ("test", s.test)] {
        table.row([what.into(), count(n), text::percent(n as f64 / s.interactions.max(1) as f64)]);
    }
    out.push_str(&format!("\n{}", table.render()));

    let mut table = Table::new(["long tail: the 25 % with the fewest", "users", "items"]);
    table.row([
        "share of the training interactions".to_owned(),
        text::percent(s.tail_share.user),
        text::percent(s.tail_share.item),
    ]);
    table.row([
        "interactions of the largest".to_owned(),
        count(s.tail_max.user as usize),
        count(s.tail_max.item as usize),
    ]);
    out.push_str(&format!("\n{}\n", table.render()));

    let strata = [
        format!("{} popular", count(s.strata.popular)),
        format!("{} neutral", count(s.strata.neutral)),
        format!("{} unpopular", count(s.strata.unpopular)),
        format!("{} without a training interaction", count(s.items_without_training_interaction)),
    ];
    out.push_str(&format!("  items  {}\n", strata.join(" · ")));
    if let Some((from, to)) = s.time_range {
        out.push_str(&format!("  times  {} … {}\n", time(from), time(to)));
    }
    out.push_str(&format!("  data   {}\n", prepared.data.fingerprint));
    out
}

/// A time as a date, if it can be one in seconds since 1970 (as in MovieLens); otherwise the number itself.
fn time(t: i64) -> String {
    const DAY: i64 = 86_400;
    // 1990 to 2100: other numbers count something else.
    if !(631_152_000..4_102_444_800).contains(&t) {
        return t.to_string();
    }
    // Days since 0000-03-01, so that a leap day ends its year (H. Hinnant's civil_from_days).
    let days = t.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_in_seconds_are_dates() {
        assert_eq!(time(1_260_759_144), "2009-12-14");
        assert_eq!(time(951_782_400), "2000-02-29");
        assert_eq!(time(7), "7");
    }
}
