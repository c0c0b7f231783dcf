//! Command-line words, taken one by one; whatever is left over at the end is an error that names it.

use crate::Outcome;

pub struct Args {
    words: Vec<String>,
}

impl Args {
    pub fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    pub fn wants_help(&self) -> bool {
        self.words.iter().any(|w| w == "--help" || w == "-h")
    }

    /// Takes a switch such as `--dev`.
    pub fn switch(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|w| w != name);
        self.words.len() < before
    }

    /// Takes a word that is no option.
    pub fn take(&mut self, word: &str) -> bool {
        self.switch(word)
    }

    /// Takes `--port 80` or `--port=80`.
    pub fn value(&mut self, name: &str) -> Outcome<Option<String>> {
        let prefix = format!("{name}=");
        if let Some(i) = self.words.iter().position(|w| w.starts_with(&prefix)) {
            return Ok(Some(self.words.remove(i)[prefix.len()..].to_owned()));
        }
        let Some(i) = self.words.iter().position(|w| w == name) else {
            return Ok(None);
        };
        self.words.remove(i);
        if i < self.words.len() {
            Ok(Some(self.words.remove(i)))
        } else {
            Err(format!("{name} needs a value"))
        }
    }

    pub fn finish(self) -> Outcome {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` is not an option of this command; `--help` lists them")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn takes_switches_and_values_in_any_order() {
        let mut a = args("--dev --port 80");
        assert!(a.switch("--dev"));
        assert_eq!(a.value("--port").unwrap().as_deref(), Some("80"));
        assert!(a.finish().is_ok());
        assert_eq!(args("--port=0").value("--port").unwrap().as_deref(), Some("0"));
    }

    #[test]
    fn names_what_it_does_not_know_and_what_is_missing() {
        assert!(args("--fast").finish().unwrap_err().contains("--fast"));
        assert!(args("--port").value("--port").unwrap_err().contains("--port"));
    }
}
