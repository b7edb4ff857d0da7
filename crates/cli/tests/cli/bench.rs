//! A folder with a spec, and the binary running in it without anything of the outside.

use std::io::Write;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::folder::Folder;

/// A folder of its own for a test.
pub struct Bench {
    folder: Folder,
}

impl Deref for Bench {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: Folder::new("") }
    }

    /// With this `cluster.toml`.
    pub fn with(spec: &str) -> Self {
        let bench = Self::empty();
        bench.write("cluster.toml", spec);
        bench
    }

    /// With one of the examples as `cluster.toml`.
    pub fn example(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs").join(name);
        Self::with(&std::fs::read_to_string(path).unwrap())
    }

    /// Runs `pgha` in the folder.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[], "")
    }

    /// Runs `pgha` with variables and an input.
    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgha"))
            .args(args)
            .current_dir(self.path(""))
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `pgha` and expects an exit code.
    #[track_caller]
    pub fn check(&self, args: &[&str], code: i32) -> Ran {
        let ran = self.run(args);
        ran.ended_with(code);
        ran
    }
}

impl Ran {
    #[track_caller]
    pub fn ended_with(&self, code: i32) {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        assert!(self.stdout.contains(text), "no `{text}` on stdout:\n{}", self.stdout);
    }

    #[track_caller]
    pub fn remarks(&self, text: &str) {
        assert!(self.stderr.contains(text), "no `{text}` on stderr:\n{}", self.stderr);
    }
}
