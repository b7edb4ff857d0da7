//! Words of other tools, for people who come from them: what a key or a value of theirs is here.

mod form;
mod words;

pub(crate) use form::Form;

use toml::de::DeValue;

use crate::document;
use crate::document::Step;
use words::TABLES;
use words::WORDS;

/// What somebody means by a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    /// A key of a section, what becomes of the value, and a value as an example.
    Key(&'static str, &'static str, Form, &'static str),
    /// Something that is said otherwise.
    Said(&'static str),
    /// Something that is said otherwise, if the word stands in a section.
    Here(&'static str, &'static str),
}

/// What somebody means by a key that there is not, in a section whose keys are known: in the first
/// place what is meant there.
pub(crate) fn meant(key: &str, section: &str, known: &[&str]) -> Option<Meant> {
    let word = snake(key);
    let rows = || WORDS.iter().filter(|(other, _)| *other == word).map(|(_, meant)| *meant);
    let last = section.rsplit('.').next().unwrap_or_default();
    let is_own = |meant: &Meant| match meant {
        Meant::Key(of, name, ..) => (*of == section || *of == last) && known.contains(name),
        Meant::Here(of, _) => *of == section,
        Meant::Said(_) => false,
    };
    let elsewhere = |meant: &Meant| !matches!(meant, Meant::Here(..));
    // What other tools call something is about sections, not about what is inside of a value.
    let is_section = !section.contains('.');
    rows().find(is_own).or_else(|| rows().filter(|_| is_section).find(elsewhere))
}

/// The table that is meant by a value in its place, and whether that is the value or an example.
pub(crate) fn table(path: &[Step], value: &DeValue<'_>) -> Option<(String, bool)> {
    let keys = document::keys(path);
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('.').collect();
        parts.len() == keys.len()
            && parts.iter().zip(&keys).all(|(part, key)| *part == "*" || part == key)
    };
    let (_, form, example) = TABLES.iter().find(|(pattern, ..)| fits(pattern))?;
    let meant = form.of(value);
    let is_it = meant.is_some();
    Some((meant.unwrap_or_else(|| (*example).to_string()), is_it))
}

/// What somebody means by a value that there is not, of a key.
pub(crate) fn value(key: &str, word: &str) -> Option<&'static str> {
    match (key, snake(word).as_str()) {
        ("topology", "true" | "multi_az" | "multiaz" | "standby" | "primary_standby" | "ha") => {
            Some("multi-az-instance")
        }
        ("topology", "cluster" | "multi_az_db_cluster") => Some("multi-az-cluster"),
        ("topology", "false" | "single" | "standalone" | "instance") => Some("single-az"),
        ("apply", "immediate" | "now" | "true") => Some("immediately"),
        ("apply", "window" | "maintenance_window" | "false") => Some("in-window"),
        ("auth", "iam_auth" | "token") => Some("iam"),
        ("manage", "aws" | "true") => Some("rds"),
        _ => None,
    }
}

/// `DBInstanceClass` and `db-instance-class` as `db_instance_class`.
pub(crate) fn snake(name: &str) -> String {
    let mut words = String::new();
    let mut before = None;
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let next_is_low = letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase());
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|b: char| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || (b.is_ascii_uppercase() && next_is_low)
            });
        if begins {
            words.push('_');
        }
        words.push(if *letter == '-' { '_' } else { letter.to_ascii_lowercase() });
        before = Some(*letter);
    }
    // The command line's `--multi-az`.
    words.trim_start_matches('_').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::diagnostic::Severity;
    use crate::load::load;

    #[test]
    fn spellings_of_other_tools_are_one() {
        assert_eq!(snake("DBInstanceClass"), "db_instance_class");
        assert_eq!(snake("AllocatedStorage"), "allocated_storage");
        assert_eq!(snake("MultiAZ"), "multi_az");
        assert_eq!(snake("db-instance-class"), "db_instance_class");
        assert_eq!(snake("instance_class"), "instance_class");
    }

    const HEAD: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

    /// A spec with a line in a section, beside what the section needs for that line to be right.
    fn text_of(section: &str, key: &str, line: &str) -> String {
        let (cluster, engine) = HEAD.split_at(HEAD.find("[engine]").unwrap());
        let own = |part: &str| {
            let rest = part.lines().filter(|other| !other.starts_with(&format!("{key} =")));
            format!("{}\n{line}\n", rest.collect::<Vec<_>>().join("\n"))
        };
        let (header, needs): (&str, &[&str]) = match section {
            "cluster" => return format!("{engine}{}", own(cluster)),
            "engine" => return format!("{cluster}{}", own(engine)),
            "storage" if key == "size" || key == "max_size" => ("[storage]", &[]),
            "storage" => ("[storage]", &["size = \"500 GiB\"", "iops = 12000"]),
            "replica" => ("[[replica]]", &["name = \"a\""]),
            "snapshot" => ("[[snapshot]]", &[]),
            "alarm" => ("[[alarm]]", &["name = \"a\"", "metric = \"b\"", "threshold = 1"]),
            _ => ("", &[]),
        };
        let needs = needs.iter().filter(|need| !need.starts_with(&format!("{key} =")));
        let needs = needs.copied().collect::<Vec<_>>().join("\n");
        let header = if header.is_empty() { format!("[{section}]") } else { header.to_string() };
        format!("{HEAD}{header}\n{needs}\n{line}\n")
    }

    /// What people write for each form.
    fn typical(form: Form, example: &str) -> Vec<String> {
        match form {
            Form::Size => ["150", "\"150\"", "\"150 GB\""].map(String::from).to_vec(),
            Form::Duration => ["60", "\"60\"", "\"1 minute\""].map(String::from).to_vec(),
            Form::Days => ["7", "\"7\"", "\"7 days\""].map(String::from).to_vec(),
            Form::Share => ["40", "\"40\"", "\"40%\""].map(String::from).to_vec(),
            Form::Switch => ["true", "false", "\"true\""].map(String::from).to_vec(),
            Form::Small => [example.into(), example.to_uppercase()].to_vec(),
            Form::Word(words) => words
                .iter()
                .map(|(word, _)| word)
                .map(|word| match *word {
                    "true" | "false" => word.to_string(),
                    word => format!("\"{word}\""),
                })
                .collect(),
            Form::Whole => [example.to_string(), format!("\"{example}\"")].to_vec(),
            Form::List => {
                let one = example.trim_matches(['[', ']']).split(',').next().unwrap_or_default();
                let list = [example.to_string()];
                let of_one = (!example.contains(',')).then(|| one.to_string());
                list.into_iter().chain(of_one).collect()
            }
            Form::In(key, form) => {
                let inner = example.trim_matches(['{', '}', ' ']);
                let inner = inner.strip_prefix(&format!("{key} = ")).unwrap_or("1").to_string();
                typical(*form, &inner)
            }
            Form::Same | Form::Text => vec![example.to_string()],
            Form::Example => ["30", "\"30 days\""].map(String::from).to_vec(),
        }
    }

    #[track_caller]
    fn errors(text: &str) -> Vec<Diagnostic> {
        let found = load("t.toml", text).err().map(|errors| errors.diagnostics).unwrap_or_default();
        found.into_iter().filter(|found| found.severity == Severity::Error).collect()
    }

    /// Checks that no error is on the line of a key.
    fn accepted(text: &str, line: &str) -> Result<(), String> {
        let start = text.rfind(&format!("\n{line}\n")).unwrap() + 1;
        let at = start..start + line.len();
        let wrong = errors(text);
        // What is a policy of pgha's, and can be accepted in [guard], is right.
        let is_policy = |code: &str| ["PGHA056", "PGHA058", "PGHA060", "PGHA064"].contains(&code);
        let is_here = |f: &&Diagnostic| at.contains(&f.span.start) && !is_policy(f.code);
        let wrong: Vec<_> = wrong.iter().filter(is_here).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("{text}{wrong:#?}")) }
    }

    /// What is offered for a word of another tool is accepted, once it is typed.
    fn check(word: &str, section: &str, key: &str, value: &str) -> Result<(), String> {
        let line = format!("{word} = {value}");
        let text = text_of(section, key, &line);
        let found = errors(&text).into_iter().filter(|f| f.code == "PGHA101").collect::<Vec<_>>();
        let [found] = &found[..] else { return Err(format!("{text}{found:#?}")) };
        let help = found.help.clone().unwrap_or_default();
        let offer = help.split_once(": `").map(|(_, rest)| rest.trim_end_matches('`'));
        let Some(offer) = offer.filter(|offer| offer.starts_with(&format!("{key} = "))) else {
            return Err(format!("{line}: {help}"));
        };
        if let Some(fix) = &found.fix {
            let mut typed = text.clone();
            typed.replace_range(fix.span.clone(), &fix.replacement);
            accepted(&typed, &fix.replacement)?;
        }
        accepted(&text_of(section, key, offer), offer)
    }

    #[test]
    fn every_word_leads_to_a_line_that_is_accepted() {
        let mut wrong = Vec::new();
        for (word, meant) in WORDS {
            let Meant::Key(section, key, form, example) = *meant else { continue };
            accepted(
                &text_of(section, key, &format!("{key} = {example}")),
                &format!("{key} = {example}"),
            )
            .unwrap_or_else(|error| wrong.push(format!("{word}: the example: {error}")));
            for value in typical(form, example) {
                if word == &key {
                    continue;
                }
                check(word, section, key, &value).unwrap_or_else(|error| wrong.push(error));
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// So is what is offered in the place of a value where there is a table.
    #[test]
    fn every_table_that_is_offered_is_accepted() {
        for (pattern, form, example) in TABLES {
            let (section, key) = pattern.split_once('.').unwrap();
            let key = key.replace('*', "cpu");
            let mut offers = vec![(*example).to_string()];
            if *form != Form::Example {
                let typical = typical(*form, example).into_iter();
                offers.extend(
                    typical.filter_map(|value| form.of(DeValue::parse(&value).unwrap().get_ref())),
                );
            }
            for offer in offers {
                let line = format!("{key} = {offer}");
                accepted(&text_of(section, &key, &line), &line).unwrap();
            }
        }
    }

    #[track_caller]
    fn check_help(text: &str, help: &str) {
        let found = errors(&format!("{HEAD}{text}"));
        let [found] = &found[..] else { panic!("{text}: {found:#?}") };
        assert_eq!(found.help.as_deref(), Some(help), "{text}");
    }

    /// A word is looked for where it stands first.
    #[test]
    fn a_word_means_what_it_means_in_its_section() {
        check_help("[proxy]\nport = 5432\n", "a proxy always listens on port 5432");
        check_help("[backup]\nport = 5432\n", "write it below [engine]: `port = 5432`");
        check_help(
            "[[replica]]\nname = \"a\"\ninstance_class = \"db.r6g.large\"\n",
            "here it is called `class`: `class = \"db.r6g.large\"`",
        );
        check_help(
            "[[replica]]\nname = \"a\"\nbackup_retention_period = 7\n",
            "here it is called `backup_retention`: `backup_retention = \"7 days\"`",
        );
        check_help(
            "[[replica]]\nname = \"a\"\nstorage = { allocated_storage = 150 }\n",
            "here it is called `size`: `size = \"150 GiB\"`",
        );
        check_help(
            "[iam]\nmulti_az = false\n",
            "write it below [cluster]: `topology = \"single-az\"`",
        );
        check_help(
            "[iam]\nwork_mem = \"4MB\"\n",
            "parameters are lines below [parameters]: `work_mem = \"4MB\"`",
        );
        check_help(
            "[storage]\nsize = \"200 GiB\"\nallocated_storage = 200\n",
            "here it is called `size`, which is there already: delete this line",
        );
        let parameters = "it is a section of its own: write [parameters] on a line of its own, and its keys below it";
        check_help("[storage]\nparameters = { work_mem = \"4MB\" }\n", parameters);
        check_help("[storage.storage]\nsize = 1\n", "its keys stand right below [storage]");
        check_help(
            "[monitoring]\ninsights = true\n",
            "write `insights = { mode = \"standard\" }`; its keys are `kms_key`, `mode`, `retention`",
        );
        check_help(
            "[network]\nsecurity_groups = [\"sg-0123456789abcdef0\"]\n",
            "ids of existing groups are `extra_security_groups`; write one of `single`, `chain`, `given`",
        );
        check_help("[network]\nvpc = default;\n", "write \"default\"");
        check_help("[tags]\nteam = \"t\"\n", "write it below [cluster]: `tags = { team = \"t\" }`");
    }

    /// What is offered is what is read, so that all is said of it in one run.
    #[test]
    fn what_is_meant_is_checked_at_once() {
        let found = errors(&format!("{HEAD}[storage]\nallocated_storage = 5\n"));
        let codes: Vec<_> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["PGHA101", "PGHA120"], "{found:#?}");
    }

    /// The whole line is replaced, and no more.
    #[test]
    fn a_line_is_replaced_with_its_value() {
        for (line, replacement) in [
            ("allocated_storage = 100 # GB", Some("size = \"100 GiB\"")),
            ("\"AllocatedStorage\" = '100'", Some("size = \"100 GiB\"")),
            ("allocated_storage.x = 100", None),
        ] {
            let text = format!("{HEAD}[storage]\n{line}\n");
            let found = errors(&text);
            let fix = found.iter().find_map(|found| found.fix.as_ref());
            assert_eq!(fix.map(|fix| fix.replacement.as_str()), replacement, "{found:#?}");
            if let Some(fix) = fix {
                assert_eq!(&text[fix.span.clone()], line.split(" #").next().unwrap());
            }
        }
    }
}
