//! Counting memory before starting: what cannot fit is refused, not found out half-way.

use crate::error::{Code, Error, Result};

/// What work may take, in bytes; `None` without a bound.
///
/// WebAssembly addresses 4 GiB; the data, the results and what the allocator cannot use again need some of it.
const LIMIT: Option<u64> = if cfg!(target_arch = "wasm32") { Some(3_400_000_000) } else { None };

/// Refuses work that needs more than there is.
///
/// # Errors
/// [`Code::TooLarge`], naming `what` and both numbers.
pub fn check(needed: u64, what: impl FnOnce() -> String) -> Result<()> {
    check_within(needed, LIMIT, what)
}

fn check_within(needed: u64, limit: Option<u64>, what: impl FnOnce() -> String) -> Result<()> {
    let Some(limit) = limit.filter(|&limit| needed > limit) else { return Ok(()) };
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let text = format!(
        "{} may need {:.1} GB of memory, but a browser's tab has {:.1} GB for it: a smaller K needs less, and \
         the command line has no such bound",
        what(),
        gigabytes(needed),
        gigabytes(limit)
    );
    Err(Error::new(Code::TooLarge, text).with_value(needed.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named_with_both_numbers() {
        let what = || "the graph of 9 users".to_owned();
        assert!(check_within(2_000_000_000, Some(2_000_000_000), what).is_ok());
        assert!(check_within(u64::MAX, None, what).is_ok());
        let e = check_within(2_600_000_000, Some(2_000_000_000), what).unwrap_err();
        assert_eq!(e.code, Code::TooLarge);
        assert!(
            e.message.starts_with(
                "the graph of 9 users may need 2.6 GB of memory, but a browser's tab has 2.0 GB"
            ),
            "{e}"
        );
    }
}
