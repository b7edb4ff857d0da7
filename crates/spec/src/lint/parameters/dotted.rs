//! A name with a dot that is not quoted: in TOML it is a table, and the mistake that everybody
//! makes once.

use std::collections::BTreeMap;
use std::ops::Range;

use pgha_resource::parameter::known;

use crate::diagnostic::Diagnostic;
use crate::section::parameters::Written;
use crate::spanned::Sp;

/// What the RDS API has beside a parameter's value.
const API: [&str; 6] = ["applymethod", "apply_method", "apply_type", "method", "name", "value"];

/// Says what was meant by a table in the place of a value.
pub(super) fn check(
    name: &Sp<String>,
    value: &Sp<Written>,
    inner: &BTreeMap<Sp<String>, Written>,
    found: &mut Vec<Diagnostic>,
) {
    let of_api = |key: &Sp<String>| API.contains(&key.to_ascii_lowercase().as_str());
    let is_value = inner.is_empty() || inner.keys().any(of_api);
    if is_value || known::takes(&name.to_ascii_lowercase()).is_some() {
        return found.push(apply_method(value.span(), &format!("write `{} = value`", **name)));
    }
    for (key, written) in inner {
        found.push(unquoted(name, key, written));
    }
}

/// What is said to somebody who writes when a value takes effect.
pub(super) fn apply_method(span: Range<usize>, help: &str) -> Diagnostic {
    Diagnostic::new("PGHA022", span, "when a parameter takes effect is not written")
        .label("only the value")
        .note("static parameters wait for a reboot, all others take effect at once: pgha knows which is which and plans the reboot")
        .help(help.to_string())
}

fn unquoted(name: &Sp<String>, key: &Sp<String>, value: &Written) -> Diagnostic {
    let dotted = format!("{}.{}", **name, **key);
    // The key is where TOML saw it; what stands before it is the table's name and the dot,
    // unless the table has a header. `settle` looks.
    let start = key.span().start.saturating_sub(name.len() + 1);
    let diagnostic =
        Diagnostic::new("PGHA134", start..key.span().end, "a name with a dot is quoted")
            .label("without quotes this is a table");
    let shown = match value {
        Written::Text(text) => format!("\"{text}\""),
        Written::Bool(on) => on.to_string(),
        Written::List(_) => "[…]".into(),
        // No name of a parameter has two dots: there is nothing to quote.
        Written::Table(_) => {
            return diagnostic.help("a name has one dot at most: write `\"name.of\" = value`");
        }
        other => other.to_string(),
    };
    diagnostic
        .help(format!("write `\"{dotted}\" = {shown}` below [parameters]"))
        .fix(format!("\"{dotted}\""))
}

/// Takes back the fixes of names that do not stand before a dot, but below a header, and points
/// at what does stand there.
pub(crate) fn settle(text: &str, found: &mut [Diagnostic]) {
    for diagnostic in found.iter_mut().filter(|diagnostic| diagnostic.code == "PGHA134") {
        let Some(fix) = &diagnostic.fix else { continue };
        let dotted = fix.replacement.trim_matches('"');
        if text.get(diagnostic.span.clone()) == Some(dotted) {
            continue;
        }
        let name = dotted.split('.').next().unwrap_or_default();
        diagnostic.span.start += name.len() + 1;
        diagnostic.fix = None;
    }
}
