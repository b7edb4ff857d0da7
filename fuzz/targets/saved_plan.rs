//! Any bytes go into the readers of saved plans and journals.

#![no_main]

#[path = "../checks/saved_plan.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::check(bytes));
