//! Instance classes: how they are spelled, and which there are.

use pgha_resource::catalog::{AS_OF, FAMILIES, RETIRED_FAMILIES, SIZES};

use crate::diagnostic::Diagnostic;
use crate::spanned::Sp;
use crate::suggest;

/// Finds what is no class, classes that RDS may not have, and those that live on credits.
pub(crate) fn check(class: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let lower = class.to_ascii_lowercase();
    let Some((family, size)) = parts(&lower).filter(|_| lower == **class) else {
        return found.push(misspelled(class, &lower));
    };
    if let Some(diagnostic) = doubtful(class, family, size) {
        found.push(diagnostic);
    }
    if family.starts_with('t') {
        found.push(
            Diagnostic::new("PGHA014", class.span(), format!("`{}` lives on CPU credits", **class))
                .label("a steady load costs extra")
                .help("take a class of the m or r families for production"),
        );
    }
}

/// The family and the size of a class in the form `db.family.size`.
fn parts(class: &str) -> Option<(&str, &str)> {
    let (family, size) = class.strip_prefix("db.")?.split_once('.')?;
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (part(family) && part(size)).then_some((family, size))
}

fn misspelled(class: &Sp<String>, lower: &str) -> Diagnostic {
    let title = format!("`{}` is not an instance class", **class);
    let diagnostic = Diagnostic::new("PGHA016", class.span(), title).label("RDS has no such class");
    // EC2 writes the same without `db.`, people write capitals, blanks and other separators.
    let tidy = lower.trim().replace(['_', ' '], ".");
    let whole = |tidy: String| {
        if tidy.starts_with("db.") { tidy } else { format!("db.{tidy}") }
    };
    let known = |class: &String| {
        parts(class)
            .is_some_and(|(family, size)| FAMILIES.contains(&family) && SIZES.contains(&size))
    };
    let meant = [whole(tidy.clone()), whole(tidy.replace('-', "."))];
    match meant.iter().find(|class| known(class)) {
        Some(class) => diagnostic.help(format!("write \"{class}\"")).fix(format!("\"{class}\"")),
        None => diagnostic.help("write a class such as \"db.r6g.large\""),
    }
}

/// A family or a size that the table does not have is a mistake or a new one.
fn doubtful(class: &Sp<String>, family: &str, size: &str) -> Option<Diagnostic> {
    let of = |title: String| Diagnostic::new("PGHA137", class.span(), title);
    if RETIRED_FAMILIES.contains(&family) {
        return Some(
            of(format!("RDS makes no databases of class `{}` any more", **class))
                .label("a database that lives on it can be described")
                .help("take a newer family, such as m8g or r8g"),
        );
    }
    let (known_family, known_size) = (FAMILIES.contains(&family), SIZES.contains(&size));
    if known_family && known_size {
        return None;
    }
    let near = |part: &str, known: bool, all: &[&'static str]| match known {
        true => Some(part.to_string()),
        false => suggest::closest(part, all).map(str::to_string),
    };
    let close = near(family, known_family, FAMILIES).zip(near(size, known_size, SIZES));
    let diagnostic = of(format!("this pgha does not know the class `{}`", **class))
        .label(format!("not offered as of {AS_OF}"));
    Some(match close {
        Some((family, size)) => {
            let close = format!("db.{family}.{size}");
            diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
        }
        None => diagnostic
            .help("if it is a new one, RDS will say so; alarms need thresholds of their own"),
    })
}
