//! Numbers in fields of text: ratings and times.

use crate::error::{Code, Error, Result};

fn bad(code: Code, field: &[u8], what: &str) -> Error {
    let mut shown = String::from_utf8_lossy(field).into_owned();
    if shown.len() > 80 {
        shown = shown.chars().take(60).chain("…".chars()).collect();
    }
    Error::new(code, format!("\"{shown}\" is not {what}")).with_value(shown)
}

/// A rating; `None` where the field is empty.
///
/// # Errors
/// [`Code::BadValue`] if it is not a finite number.
pub fn rating(field: &[u8]) -> Result<Option<f32>> {
    match field {
        [] => return Ok(None),
        [d @ b'0'..=b'9'] => return Ok(Some(f32::from(d - b'0'))),
        [d @ b'0'..=b'9', b'.', e @ b'0'..=b'9'] => {
            // Tenths are rounded once, as a parser would: the product is exact in f64.
            return Ok(Some((f64::from((d - b'0') * 10 + (e - b'0')) / 10.0) as f32));
        }
        _ => {}
    }
    match std::str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok()) {
        Some(value) if value.is_finite() => Ok(Some(value)),
        Some(_) => Err(bad(Code::BadValue, field, "a finite number")),
        None => Err(bad(Code::BadValue, field, "a number")),
    }
}

/// A time: whole seconds, seconds with a fraction (rounded down), or an ISO 8601 date with or without a
/// time of day.
///
/// # Errors
/// [`Code::BadValue`] if it is none of these.
pub fn time(field: &[u8]) -> Result<i64> {
    if let Some(value) = integer(field) {
        return Ok(value);
    }
    let text = std::str::from_utf8(field).unwrap_or("");
    let float = text.parse::<f64>().ok().map(f64::floor);
    // 2⁶³ and more do not fit; the comparison also refuses NaN and infinities.
    if let Some(value) = float.filter(|v| v.abs() < 9_223_372_036_854_775_808.0) {
        return Ok(value as i64);
    }
    iso_date(text).ok_or_else(|| bad(Code::BadValue, field, "a whole number of seconds"))
}

/// A plain integer of at most 18 digits: the only kind that real files hold, and quick to read.
fn integer(field: &[u8]) -> Option<i64> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })?;
    Some(if negative { -value } else { value })
}

/// Seconds since 1970 of `2016-03-09`, `2016-03-09 13:05:59`, `2016-03-09T13:05:59.25Z`, `…+02:00`.
fn iso_date(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let separated = byte(4) == Some(b'-') && byte(7) == Some(b'-');
    if !separated || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from civil date (proleptic Gregorian), with the year starting in March.
    let shifted = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted.div_euclid(4) - shifted.div_euclid(100)
        + shifted.div_euclid(400)
        + day_of_year
        - 719_468;
    let seconds = days * 86_400;
    if text.len() == 10 {
        return Some(seconds);
    }
    if !matches!(byte(10), Some(b' ' | b'T')) || byte(13) != Some(b':') {
        return None;
    }
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    let (second, mut rest) = match byte(16) {
        Some(b':') => (number(17, 19)?, text.get(19..)?),
        _ => (0, text.get(16..)?),
    };
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    Some(seconds + hour * 3600 + minute * 60 + second - zone(rest.trim())?)
}

/// Seconds east of UTC of `Z`, `UTC`, `+02:00`, `-0530` or nothing.
fn zone(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "UTC") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.strip_prefix(['+', '-'])?.chars().filter(|&c| c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(sign * (value / 100 * 3600 + value % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings() {
        for (text, value) in [("4", 4.0), ("3.5", 3.5), ("0.1", 0.1_f32), ("-10", -10.0), ("1e1", 10.0)] {
            assert_eq!(rating(text.as_bytes()).unwrap(), Some(value), "{text}");
        }
        assert_eq!(rating(b"").unwrap(), None);
        assert_eq!(rating(b"nan").unwrap_err().message, "\"nan\" is not a finite number");
        assert_eq!(rating(b"good").unwrap_err().message, "\"good\" is not a number");
    }

    #[test]
    fn times() {
        for (text, value) in [
            ("1260759144", 1_260_759_144),
            ("-5", -5),
            ("1.5", 1),
            ("-1.5", -2),
            ("1.260759144E9", 1_260_759_144),
            ("2016-03-09", 1_457_481_600),
            ("2016-03-09 13:05:59", 1_457_528_759),
            ("2016-03-09T13:05:59.75Z", 1_457_528_759),
            ("2016-03-09T15:05:59+02:00", 1_457_528_759),
            ("1969-12-31 23:59", -60),
        ] {
            assert_eq!(time(text.as_bytes()).unwrap(), value, "{text}");
        }
        for text in ["", "abc", "nan", "inf", "99999999999999999999", "2016-13-01", "12:30"] {
            let message = format!("\"{text}\" is not a whole number of seconds");
            assert_eq!(time(text.as_bytes()).unwrap_err().message, message);
        }
    }
}
