//! A folder with a spec and a simulated account, in which a page's commands run.

use std::ops::Deref;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use crate::folder::Folder;
use crate::page;

const PGHA: &str = env!("CARGO_BIN_EXE_pgha");

/// What every command of a page gets from its environment: `--sandbox` without being typed, and
/// nothing that would change the output.
const VARIABLES: [(&str, &str); 5] = [
    ("PGHA_SANDBOX", "1"),
    ("PGHA_VERBOSE", "0"),
    ("PGHA_DETAILED_EXITCODE", "0"),
    ("PGHA_COLOR", "never"),
    ("PGHA_FILE", "cluster.toml"),
];

/// The commands of transcripts beside pgha itself; there is no shell in a transcript.
pub const TOOLS: [&str; 4] = ["cat", "cp", "grep", "sed"];

pub struct World {
    folder: Folder,
}

impl Deref for World {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl World {
    /// With one of the examples as `cluster.toml`.
    pub fn with_example(name: &str) -> Self {
        Self::with(&page::read(&format!("specs/{name}")))
    }

    /// With this `cluster.toml`, and with the examples in `specs`, as in a checkout.
    pub fn with(spec: &str) -> Self {
        // Where commands run: trycmd takes the folder beside a page that ends in `.in`.
        let world = Self { folder: Folder::new("page.in") };
        std::fs::create_dir_all(world.path("specs")).unwrap();
        for entry in std::fs::read_dir(page::root().join("specs")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), world.path("specs").join(entry.file_name())).unwrap();
        }
        world.write("cluster.toml", spec);
        world
    }

    /// With the examples alone.
    pub fn without_spec() -> Self {
        let world = Self::with("");
        std::fs::remove_file(world.path("cluster.toml")).unwrap();
        world
    }

    /// Runs a line as a shell would.
    pub fn shell(&self, line: &str) -> Output {
        let folder = Path::new(PGHA).parent().unwrap().display();
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.path(""))
            .envs(VARIABLES)
            .env("PATH", format!("{folder}:{path}"))
            .output()
            .unwrap()
    }

    #[track_caller]
    pub fn check(&self, line: &str, code: i32) -> Output {
        let output = self.shell(line);
        assert_eq!(output.status.code(), Some(code), "`{line}`: {output:#?}");
        output
    }

    /// Runs the transcripts of a page in order and compares what they print. With
    /// `TRYCMD=overwrite` the answer is the page with what they printed.
    pub fn transcripts(&self, text: &str) -> String {
        let copy = self.path("").with_file_name("page.md");
        std::fs::write(&copy, ended_lines(text)).unwrap();
        let cases = trycmd::TestCases::new();
        cases.register_bin("pgha", Path::new(PGHA));
        cases.register_bins(TOOLS.map(|tool| (tool, found(tool))));
        for (name, value) in VARIABLES {
            cases.env(name, value);
        }
        cases.case(&copy).run();
        plain_lines(&std::fs::read_to_string(&copy).unwrap())
    }
}

/// Where a tool is; trycmd does not look for it.
fn found(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(tool));
    places.find(|place| place.is_file()).unwrap_or_else(|| panic!("there is no {tool}"))
}

/// A page as trycmd reads it: behind an output that ends with a newline stands an empty line.
fn ended_lines(text: &str) -> String {
    each_end(text, |page, before| {
        let is_output = !["$ ", "? ", "```"].iter().any(|mark| before.starts_with(mark));
        if is_output && before != "..." {
            page.push('\n');
        }
    })
}

/// A page as people read it, without these lines.
fn plain_lines(text: &str) -> String {
    each_end(text, |page, before| {
        if before.is_empty() {
            page.pop();
        }
    })
}

/// The page, after `at_end` did what it does to it at each end of an output, knowing the line
/// before.
fn each_end(text: &str, at_end: impl Fn(&mut String, &str)) -> String {
    let (mut page, mut before, mut is_transcript) = (String::new(), "", false);
    for line in text.lines() {
        if is_transcript && (line == "```" || line.starts_with("$ ")) {
            at_end(&mut page, before);
        }
        if line.starts_with("```") {
            is_transcript = line == "```console";
        }
        page.push_str(line);
        page.push('\n');
        before = line;
    }
    page
}
