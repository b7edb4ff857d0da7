//! A key that there is not: what it is called here, where it belongs, or what there is instead.

use std::ops::Range;

use pgha_resource::parameter::known;
use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::document::Path;
use crate::document::Step;
use crate::document::below;
use crate::document::keys;
use crate::foreign;
use crate::foreign::Form;
use crate::foreign::Meant;
use crate::stand_in;
use crate::suggest;

/// What an unknown key is read as, so that nothing is said that only follows from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// It is known, and its value is none.
    Wrong,
    /// Nobody knows what it is meant for.
    Vague,
    /// Nothing of the language.
    Nothing,
    /// Another key of its table, with another value if that is written otherwise here.
    As(String, Option<String>),
    /// Another key of its table, with a value that nobody knows.
    Broken(String),
    /// A key of another section.
    There(Path),
}

/// A key that nobody knows.
pub(crate) struct Unknown<'a> {
    /// The key.
    pub(crate) key: &'a str,
    /// Where the key stands.
    pub(crate) span: Range<usize>,
    /// The tables above it.
    pub(crate) above: Path,
    /// Its value and the place of that, if it is an entry that can be read as another.
    pub(crate) value: Option<(&'a DeValue<'a>, Range<usize>)>,
    /// The whole text.
    pub(crate) text: &'a str,
}

impl Unknown<'_> {
    /// What is said of it, where there are these keys.
    pub(crate) fn said(
        &self,
        known: &[&str],
        has: &dyn Fn(&Path) -> bool,
    ) -> (Diagnostic, Reading) {
        let section = keys(&self.above).join(".");
        let title = match section.is_empty() {
            true => format!("there is no section or key `{}`", self.key),
            false => format!("there is no `{}` in [{section}]", self.key),
        };
        let said = Diagnostic::new("PGHA101", self.span.clone(), title).label("unknown");
        let plain = foreign::snake(self.key);
        if let Some(name) = known.iter().find(|name| **name == plain) {
            return self.close(said, name);
        }
        let meant = foreign::meant(self.key, &section, known);
        let close = suggest::closest(self.key, known);
        let elsewhere = self.elsewhere(&plain);
        match (meant, close) {
            (Some(Meant::Key(of, name, form, example)), _)
                if of == section || section.ends_with(&format!(".{of}")) =>
            {
                self.own(said, name, form, example, has)
            }
            (Some(Meant::Said(text) | Meant::Here(_, text)), _) => {
                (said.help(text), Reading::Nothing)
            }
            (Some(Meant::Key(of, name, form, example)), _) => {
                let line = self.line(name, form).unwrap_or_else(|| format!("{name} = {example}"));
                let path = vec![Step::Key(of.into()), Step::Key(name.into())];
                (
                    said.help(format!("write it below {}: `{line}`", header(of))),
                    Reading::There(path),
                )
            }
            _ if !section.is_empty() && self.is_section(&plain) => {
                let header = header(&plain);
                let help = match section == plain {
                    true => format!("its keys stand right below {header}"),
                    false => format!(
                        "it is a section of its own: write {header} on a line of its own, and its keys below it"
                    ),
                };
                (said.help(help), Reading::There(vec![Step::Key(plain)]))
            }
            _ if !elsewhere.is_empty() => self.there(said, &plain, &elsewhere),
            (_, Some(close)) => self.close(said, close),
            (None, None) if *known == ["tag"] => {
                (said.help("a tag picks it: `{ tag = { Name = \"…\" } }`"), Reading::Vague)
            }
            (None, None) if known::names().any(|name| name == plain) => {
                let line = self.line(&plain, Form::Same).unwrap_or_else(|| format!("{plain} = …"));
                let help = format!("parameters are lines below [parameters]: `{line}`");
                (said.help(help), Reading::Nothing)
            }
            (None, None) => {
                (said.help(format!("there is: {}", suggest::list(known))), Reading::Vague)
            }
        }
    }

    /// Whether it is the name of a section, and a table as that is.
    fn is_section(&self, name: &str) -> bool {
        let is_table = |value: &DeValue<'_>| value.is_table() || value.is_array();
        self.value.as_ref().is_some_and(|(value, _)| is_table(value))
            && stand_in::names_of(&[]).contains(&name)
    }

    /// The line that says it here.
    fn line(&self, name: &str, form: Form) -> Option<String> {
        let (value, _) = self.value.as_ref()?;
        form.of(value).map(|value| format!("{name} = {value}"))
    }

    fn close(&self, said: Diagnostic, name: &str) -> (Diagnostic, Reading) {
        (said.help(format!("did you mean `{name}`?")).fix(name), Reading::As(name.into(), None))
    }

    /// A word of another tool for a key of the table where it stands.
    fn own(
        &self,
        said: Diagnostic,
        name: &str,
        form: Form,
        example: &str,
        has: &dyn Fn(&Path) -> bool,
    ) -> (Diagnostic, Reading) {
        if has(&below(&self.above, name)) {
            let help =
                format!("here it is called `{name}`, which is there already: delete this line");
            return (said.help(help), Reading::Nothing);
        }
        let Some((value, at)) = &self.value else {
            return (
                said.help(format!("here it is called `{name}`")),
                Reading::Broken(name.into()),
            );
        };
        let Some(meant) = form.of(value) else {
            let help = format!("here it is called `{name}`: `{name} = {example}`");
            return (said.help(help), Reading::Broken(name.into()));
        };
        let mut said = said.help(format!("here it is called `{name}`: `{name} = {meant}`"));
        // Only what stands on one line behind `=` is replaced with it.
        let between = self.text.get(self.span.end..at.start).unwrap_or_default();
        if between.trim().trim_start_matches(['"', '\'']).trim() == "=" {
            said = said.fix(format!("{name} = {meant}"));
            said.fix.iter_mut().for_each(|fix| fix.span.end = at.end);
        }
        (said, Reading::As(name.into(), Some(meant)))
    }

    /// A key that other sections have.
    fn there(&self, said: Diagnostic, name: &str, sections: &[String]) -> (Diagnostic, Reading) {
        let headers: Vec<String> = sections.iter().map(|section| header(section)).collect();
        let line = self.line(name, Form::Same).map(|line| format!(": `{line}`"));
        let help = format!("write it below {}{}", headers.join(" or "), line.unwrap_or_default());
        let reading = match sections {
            [section] => Reading::There(vec![Step::Key(section.clone()), Step::Key(name.into())]),
            _ => Reading::Vague,
        };
        (said.help(help), reading)
    }

    /// The sections that have such a key, where it stands at the top or in a section that does
    /// not; nothing, where it is a key of many.
    fn elsewhere(&self, name: &str) -> Vec<String> {
        if self.above.len() > 2 || keys(&self.above).len() > 1 {
            return Vec::new();
        }
        let has = |path: &Path| {
            let item = [&path[..], &[Step::Item(0)]].concat();
            let table = if stand_in::lists_tables(path) { &item } else { path };
            let fits = |value| stand_in::keys_for(table, value).contains(&below(table, name));
            match &self.value {
                Some((value, _)) => fits(value),
                None => stand_in::names_of(table).contains(&name),
            }
        };
        let sections = stand_in::keys_of(&[]).into_iter().filter(has);
        let sections: Vec<String> = sections.flat_map(|path| keys(&path)).collect();
        if sections.len() > 2 { Vec::new() } else { sections }
    }
}

fn header(section: &str) -> String {
    match stand_in::lists_tables(&[Step::Key(section.into())]) {
        true => format!("[[{section}]]"),
        false => format!("[{section}]"),
    }
}
