//! A folder of its own for a test, with a spec in it. The tests of the pages have it too.

use std::path::PathBuf;

pub struct Folder {
    temporary: tempfile::TempDir,
    /// Where in it commands run.
    within: &'static str,
}

impl Folder {
    /// An empty one.
    pub fn new(within: &'static str) -> Self {
        let folder = Self { temporary: tempfile::tempdir().unwrap(), within };
        std::fs::create_dir_all(folder.path("")).unwrap();
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join(self.within).join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Puts other text into `cluster.toml`; the text must be there.
    #[track_caller]
    pub fn replace(&self, from: &str, to: &str) {
        let text = self.read("cluster.toml");
        assert!(text.contains(from), "`{from}` is not in the spec");
        self.write("cluster.toml", text.replacen(from, to, 1));
    }
}
