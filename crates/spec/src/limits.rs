//! What is refused before parsing: texts too large or nested too deep to parse safely, and
//! syntax that only TOML 1.1 has, which editors and other tools do not read.

use crate::diagnostic::Diagnostic;

/// The largest spec, in bytes. A production cluster takes some 4 KiB.
const LARGEST: usize = 1024 * 1024;
/// The deepest nesting of brackets and of dotted keys. Specs need 4.
const DEEPEST: usize = 64;
/// More findings than anyone reads.
const MOST: usize = 20;

/// Checks a text; with an error among the findings it must not be parsed.
pub(crate) fn check(text: &str) -> Vec<Diagnostic> {
    if text.len() > LARGEST {
        let title = format!("the spec has {} bytes, more than the 1 MiB pgha reads", text.len());
        return vec![
            Diagnostic::new("PGHA104", 0..0, title)
                .help("split it: one cluster is one `cluster.toml`"),
        ];
    }
    if let Some(at) = text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let hidden = text[at..].chars().next().unwrap_or_default();
        let end = at + hidden.len_utf8();
        let title = format!("the spec holds the control character U+{:04X}", u32::from(hidden));
        return vec![
            Diagnostic::new("PGHA104", at..end, title)
                .label("TOML is plain text")
                .help("check that this is the file you mean"),
        ];
    }
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        dots: 0,
        found: Vec::new(),
        comma: None,
    };
    scan.run();
    scan.found
}

/// A reader that knows strings, comments and brackets, and nothing else of TOML.
struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The brackets that are open.
    open: Vec<u8>,
    /// Dots of the key that is being read.
    dots: usize,
    /// The last comma, when nothing has followed it yet.
    comma: Option<usize>,
    found: Vec<Diagnostic>,
}

impl Scan<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if self.found.len() >= MOST || self.is_too_deep() {
                return;
            }
            self.step(byte);
        }
        self.is_too_deep();
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'"' | b'\'' => return self.string(byte),
            b'#' => return self.comment(),
            b'[' | b'{' => self.open.push(byte),
            b']' => self.close(b'['),
            b'}' => {
                self.trailing_comma();
                self.close(b'{');
            }
            b'\n' => self.newline(),
            b'.' => self.dots += 1,
            b',' => self.comma = Some(self.at),
            _ => {}
        }
        if matches!(byte, b'\n' | b'=' | b',' | b'[' | b'{') {
            self.dots = 0;
        }
        if !byte.is_ascii_whitespace() && byte != b',' {
            self.comma = None;
        }
        self.at += 1;
    }

    fn close(&mut self, bracket: u8) {
        if self.open.last() == Some(&bracket) {
            self.open.pop();
        }
    }

    fn is_too_deep(&mut self) -> bool {
        let deep = self.open.len() > DEEPEST || self.dots > DEEPEST;
        if deep {
            self.found.push(
                Diagnostic::new(
                    "PGHA104",
                    self.at.saturating_sub(1)..self.at,
                    format!("the spec is nested more than {DEEPEST} levels deep"),
                )
                .help("check that this is the file you mean"),
            );
        }
        deep
    }

    /// A new line closes nothing inside an array, ends everything at the top, and is
    /// TOML 1.1 inside an inline table.
    fn newline(&mut self) {
        match self.open.last() {
            Some(b'{') => {
                self.new_in_1_1(
                    self.at..self.at + 1,
                    "an inline table stays on one line",
                    "write it on one line, or as a section of its own",
                );
                self.open.pop();
            }
            // Brackets left open by a mistake on the line must not blur the lines after it.
            _ if self.next_line_is_header() => self.open.clear(),
            _ => {}
        }
    }

    fn next_line_is_header(&self) -> bool {
        let line = self.text[self.at + 1..].lines().next().unwrap_or("").trim();
        line.starts_with('[') && line.ends_with(']') && !line.contains([',', '"', '\'', '='])
    }

    fn trailing_comma(&mut self) {
        if let Some(comma) = self.comma {
            self.new_in_1_1(
                comma..comma + 1,
                "an inline table ends without a comma",
                "take the comma away",
            );
        }
    }

    fn new_in_1_1(&mut self, span: std::ops::Range<usize>, title: &str, help: &str) {
        let diagnostic = Diagnostic::new("PGHA105", span, title)
            .label("only TOML 1.1 has this")
            .note("specs are TOML 1.0, which every editor and tool reads")
            .help(help);
        self.found.push(diagnostic);
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn string(&mut self, quote: u8) {
        self.comma = None;
        let long = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if long { 3 } else { 1 };
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\\' if quote == b'"' => {
                    self.escape();
                    self.at += 2;
                }
                b'\n' if !long => return,
                _ if byte == quote && !long => {
                    self.at += 1;
                    return;
                }
                _ if long && self.bytes[self.at..].starts_with(&[quote; 3]) => {
                    self.at += 3;
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn escape(&mut self) {
        if let Some(b'e' | b'x') = self.bytes.get(self.at + 1) {
            self.new_in_1_1(
                self.at..self.at + 2,
                "this escape is not in TOML 1.0",
                "write `\\u` and four hexadecimal digits",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, title: &str) {
        let found = check(text);
        assert_eq!(found.first().map(|d| d.title.as_str()), Some(title), "{found:?}");
    }

    #[test]
    fn monsters_are_refused_before_parsing() {
        check_refused(&"[".repeat(100_000), "the spec is nested more than 64 levels deep");
        check_refused(&"a.".repeat(100_000), "the spec is nested more than 64 levels deep");
        check_refused(
            &"[".repeat(10_000_000),
            "the spec has 10000000 bytes, more than the 1 MiB pgha reads",
        );
        check_refused("a = 1\n\u{0}", "the spec holds the control character U+0000");
    }

    #[test]
    fn the_limits_themselves_are_allowed() {
        assert_eq!(check(&format!("#{}", "x".repeat(LARGEST - 1))), Vec::new());
        check_refused(
            &format!("#{}", "x".repeat(LARGEST)),
            "the spec has 1048577 bytes, more than the 1 MiB pgha reads",
        );
        let deep = "the spec is nested more than 64 levels deep";
        assert_eq!(check(&format!("{}1", "[".repeat(64))), Vec::new());
        check_refused(&format!("{}1", "[".repeat(65)), deep);
        check_refused(&"[".repeat(65), deep);
        assert_eq!(check(&format!("{}a", "a.".repeat(64))), Vec::new());
        check_refused(&format!("{}a", "a.".repeat(65)), deep);
        check_refused(&"a.".repeat(65), deep);
    }

    /// What is closed is no longer nested, and a new key begins without dots.
    #[test]
    fn depth_counts_what_is_open_and_dots_of_one_key() {
        assert_eq!(check(&format!("a = [{}]", "[1],".repeat(100))), Vec::new());
        assert_eq!(check(&format!("a = [{}]", "{b = 1},".repeat(100))), Vec::new());
        for end in ["=", "\n", ",", "[", "{"] {
            let keys = format!("{}{end}{}", "a.".repeat(40), "b.".repeat(40));
            assert!(!check(&keys).iter().any(|found| found.code == "PGHA104"), "{keys}");
        }
        // Arrays go on over lines, brackets that a header follows were left open by mistake.
        check_refused(&"[\n".repeat(65), "the spec is nested more than 64 levels deep");
        assert_eq!(check(&"a = [\n[b]\n".repeat(65)), Vec::new());
        check_refused(&"a = [\n[1, 2]\n".repeat(65), "the spec is nested more than 64 levels deep");
    }

    #[track_caller]
    fn check_span(text: &str, part: &str) {
        let found = check(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(text.get(found[0].span.clone()), Some(part), "{text}");
    }

    #[test]
    fn what_is_refused_is_pointed_at() {
        check_span("a = 1\u{85}\n", "\u{85}");
        check_span("a = 1 # \u{0}\n", "\u{0}");
        check_span("a = { b = 1, }\n", ",");
        check_span("a = {\n b = 1 }\n", "\n");
        check_span("a = \"b\\ec\"\n", "\\e");
        check_span("a = \"\\\\ \\x41\"\n", "\\x");
        // Strings end, where they should or with their line.
        check_span("a = \"b\nc = { d = 1, }\n", ",");
        check_span("a = \"\"\"b\"\"\"\nc = { d = 1, }\n", ",");
    }

    /// More findings than anyone reads would hide the first.
    #[test]
    fn not_everything_is_said_of_a_text_that_is_wrong_everywhere() {
        assert_eq!(check(&"a = { b = 1, }\n".repeat(50)).len(), MOST);
    }

    #[test]
    fn toml_1_1_is_refused() {
        check_refused("a = {\n b = 1 }", "an inline table stays on one line");
        check_refused("a = { b = 1, }", "an inline table ends without a comma");
        check_refused("a = \"\\e[0m\"", "this escape is not in TOML 1.0");
    }

    #[test]
    fn toml_1_0_is_left_alone() {
        for text in [
            "a = [\n  1,\n  2,\n]\n[b]\nc = { d = \"}\", e = [1] }\n",
            "a = '\\e' # \\e { ,\n",
            "a = \"\"\"\n { \\\n \"\"\"\n",
            "[[a]]\nb = \"x\\\"{\"\n",
            "a = [1, { b = 2 }, 'c',]\n",
            "a = { b = [1, ] }\n",
            "a = { b = 'x, ' }\n",
            "a = { b = 1, c = 'x' }\n",
            "a = '''\n { \\e ''' # {\nb = 1\n",
            "a = \"{\" # {\nb = \"\"\"x\"y\"\"\"\nc = '{'\n",
        ] {
            assert_eq!(check(text), Vec::new(), "{text}");
        }
    }
}
