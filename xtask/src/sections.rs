//! The sections of docs/results.md that commands write, between two comments that name the command.

use crate::{Outcome, paths};
use std::path::Path;

/// Replaces the section that `cargo xtask COMMAND NAME` writes, or adds it under `title`.
pub fn write(command: &str, name: &str, title: &str, text: &str) -> Outcome {
    let path = paths::root().join("docs/results.md");
    let old = match std::fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => "# Results\n".to_owned(),
        read => read.map_err(|e| format!("cannot read {}: {e}", path.display()))?,
    };
    let new = replaced(&old, &format!("{command} {name}"), title, text)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    put(&path, &new)
}

/// Writes a file, with its folder.
pub fn put(path: &Path, text: &str) -> Outcome {
    let folder = path.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn replaced(old: &str, command: &str, title: &str, text: &str) -> Outcome<String> {
    let mark = |end: &str| format!("<!-- cargo xtask {command}: {end} -->");
    let (first, last) = (mark("begin"), mark("end"));
    let section = format!("{first}\n{}\n{last}", text.trim_end());
    match (old.find(&first), old.find(&last)) {
        (Some(begin), Some(end)) if begin < end => {
            Ok(format!("{}{section}{}", &old[..begin], &old[end + last.len()..]))
        }
        (None, None) => Ok(format!("{}\n\n## {title}\n\n{section}\n", old.trim_end())),
        _ => Err(format!("`{first}` and `{last}` do not enclose a section")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_added_and_then_replaced() {
        let once = replaced("# Results\n\nText.\n", "bench spectral", "Speed", "one\n").unwrap();
        assert!(once.starts_with("# Results\n\nText.\n\n## Speed\n"));
        let more = replaced(&format!("{once}\n## More\n"), "results kdd25", "Other", "three").unwrap();
        assert!(more.contains("\n<!-- cargo xtask results kdd25: begin -->\nthree\n"), "{more}");
        let twice = replaced(&more, "bench spectral", "Speed", "two").unwrap();
        assert!(twice.contains("three"), "another command's section stays");
        assert!(twice.contains("two") && !twice.contains("one") && twice.contains("## More"));
    }

    #[test]
    fn a_lost_mark_is_an_error_and_no_second_section() {
        let error = replaced("<!-- cargo xtask bench mf: end -->\n", "bench mf", "Speed", "two").unwrap_err();
        assert!(error.contains("bench mf: begin"), "{error}");
    }
}
