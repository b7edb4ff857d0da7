//! `cluster.toml` to the desired resource graph. Pure and synchronous: no I/O, no clock.
//!
//! ```text
//! text --limits--> --parse--> Spec --lint--> --expand--> Desired
//! ```
//!
//! Each stage reports everything it finds, with the place in the text and what to type
//! instead.

pub mod catalogue;
mod diagnostic;
mod effective;
mod expand;
mod limits;
mod parse;
mod quantity;
mod recommended;
mod secret;
mod section;
mod spanned;
mod suggest;
mod units;
mod window;

pub use diagnostic::Diagnostic;
pub use diagnostic::Fix;
pub use diagnostic::Severity;
pub use diagnostic::SpecErrors;
pub use diagnostic::position;

use pgha_resource::Desired;

/// A spec that was accepted.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What should exist.
    pub desired: Desired,
    /// Warnings and advice that `[guard]` does not accept.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a spec: `file` is its name in messages and origins, `text` its content.
pub fn load(file: &str, text: &str) -> Result<Loaded, SpecErrors> {
    let parsed = parse::parse(text);
    let Some(spec) = parsed.spec else {
        return Err(SpecErrors {
            file: file.into(),
            text: secret::blank_out(text),
            diagnostics: parsed.found,
        });
    };
    if !parsed.found.is_empty() {
        return Err(SpecErrors {
            file: file.into(),
            text: secret::blank_out(text),
            diagnostics: parsed.found,
        });
    }
    Ok(Loaded { desired: expand::expand(file, text, &spec), diagnostics: vec![] })
}
