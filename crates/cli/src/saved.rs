//! A plan in a file: what was reviewed, to be applied exactly or not at all.
//!
//! The file carries the spec and the digest of the plan, not the plan: applying it plans
//! again, and goes on only if the same plan comes out. There is no secret in it, because
//! there is none in a spec.

use std::path::Path;

use pgha_planner::Allow;
use pgha_planner::Plan;
use serde::Deserialize;
use serde::Serialize;
use similar::TextDiff;

use crate::cluster::Cluster;
use crate::error::CommandError;
use crate::render::Page;
use crate::render::plan;

/// The form of the file; another major number is another form.
const FORMAT: &str = "pgha-saved-plan/1";

/// More than any spec of 1 MiB and its plan take.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Wide enough that nothing is cut off.
const PAGE: Page = Page { width: 200, verbose: false };

/// A reviewed plan.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    format: String,
    /// The spec's file name.
    file: String,
    /// The spec.
    spec: String,
    /// What was allowed.
    allow: Vec<String>,
    /// The digest of the plan, which covers the live values that it would change.
    pub digest: String,
    /// The plan as it was shown.
    text: String,
}

/// A plan as plain text, without what says how it was read.
fn shown(found: &Plan, cluster: &Cluster) -> String {
    let text = plan::render(found, &cluster.desired, &cluster.file, PAGE);
    // The number of calls may differ between two equal plans.
    let lines = anstream::adapter::strip_str(&text).to_string();
    lines.lines().skip(1).map(|line| format!("{line}\n")).collect()
}

/// Why a plan is not the one that was agreed to any more, line by line.
pub fn difference(agreed: &Plan, now: &Plan, cluster: &Cluster) -> String {
    between("agreed to", &shown(agreed, cluster), &shown(now, cluster))
}

fn between(name: &str, before: &str, now: &str) -> String {
    match before == now {
        true => "the two read the same: details of the calls differ\n".into(),
        false => {
            let diff = TextDiff::from_lines(before, now);
            diff.unified_diff().context_radius(1).header(name, "now").to_string()
        }
    }
}

fn unlike(name: &str, why: &dyn std::fmt::Display) -> CommandError {
    CommandError::failed(format!("{name} is no saved plan: {why}"))
        .hint("`pgha plan --out FILE` saves one")
}

impl Saved {
    /// What has to be kept of a plan.
    pub fn of(found: &Plan, cluster: &Cluster, allow: &[Allow]) -> Self {
        Self {
            format: FORMAT.into(),
            file: cluster.file.clone(),
            spec: cluster.text.clone(),
            allow: allow.iter().map(Allow::to_string).collect(),
            digest: found.digest(),
            text: shown(found, cluster),
        }
    }

    /// The text of the file.
    pub fn to_text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Writes it; an existing file is replaced as a whole.
    pub fn write(&self, path: &Path) -> Result<(), CommandError> {
        let failed = |error: &dyn std::fmt::Display| {
            CommandError::failed(format!("cannot write the plan to {}: {error}", path.display()))
        };
        let text = self.to_text().map_err(|error| failed(&error))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| failed(&error))?;
        file.persist(path).map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let size = std::fs::metadata(path).map_err(|error| unlike(&name, &error))?.len();
        if size > LARGEST {
            return Err(unlike(&name, &format!("it has {size} bytes")));
        }
        Self::parse(&name, &std::fs::read_to_string(path).map_err(|error| unlike(&name, &error))?)
    }

    /// Reads the text of a file of that name.
    pub fn parse(name: &str, text: &str) -> Result<Self, CommandError> {
        let saved: Self = serde_json::from_str(text).map_err(|error| unlike(name, &error))?;
        match saved.format.as_str() {
            FORMAT => Ok(saved),
            other => Err(unlike(name, &format!("its format is {other}, this is for {FORMAT}"))),
        }
    }

    /// The spec that was planned.
    pub fn cluster(&self) -> Result<Cluster, CommandError> {
        crate::cluster::from_text(self.file.clone(), self.spec.clone())
    }

    /// What was allowed.
    pub fn allow(&self) -> Result<Vec<Allow>, CommandError> {
        let words = self.allow.iter().map(|word| word.parse());
        words.collect::<Result<_, _>>().map_err(|error: pgha_planner::AllowError| {
            CommandError::failed(format!("the saved plan allows what is no word: {error}"))
        })
    }

    /// Why the plan of now is not this one, line by line.
    pub fn difference(&self, now: &Plan, cluster: &Cluster) -> String {
        between("reviewed", &self.text, &shown(now, cluster))
    }
}
