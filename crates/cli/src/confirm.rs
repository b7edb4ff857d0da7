//! Questions to the person at the terminal.

use std::io;
use std::io::BufRead;

use crate::output;
use crate::render::table;

/// Asks for a yes; anything else is a no.
pub fn yes_or_no(question: &str) -> bool {
    let answer = ask(&format!("{question} [y/N] "));
    matches!(answer.as_deref(), Some("y" | "Y" | "yes" | "Yes"))
}

/// Asks for a name to be typed; anything else is a no.
pub fn typed(name: &str, question: &str) -> bool {
    ask(&format!("{question} Type {name} to go on: ")).as_deref() == Some(name)
}

fn ask(prompt: &str) -> Option<String> {
    // The last space is where the answer goes.
    let prompt = table::hanging(prompt.trim_end(), 0, output::remark_width());
    output::remark(&format!("{prompt} "));
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(read) if read > 0 => Some(line.trim().to_string()),
        _ => None,
    }
}
