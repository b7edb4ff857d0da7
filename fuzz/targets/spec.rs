//! Any text goes into the spec reader.

#![no_main]

#[path = "../checks/spec.rs"]
mod checks;

use libfuzzer_sys::Corpus;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| -> Corpus {
    // The command line refuses what is not UTF-8.
    let Ok(text) = std::str::from_utf8(bytes) else { return Corpus::Reject };
    checks::check(text);
    Corpus::Keep
});
