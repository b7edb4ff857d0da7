//! A plan in a file: what was reviewed, to be applied exactly or not at all.
//!
//! The file carries the spec and the digest of the plan, not the plan: applying it plans
//! again, and goes on only if the same plan comes out and reads the same. There is no secret
//! in it, because there is none in a spec.

use std::fmt::Display;
use std::path::Path;

use pgha_planner::{Allow, Blocked, Goal, Intent, NoteKind, Plan};
use pgha_resource::Address;
use pgha_resource::Disruption;
use pgha_resource::digest::sha256_hex;
use serde::{Deserialize, Serialize};
use similar::TextDiff;

use crate::cluster::Cluster;
use crate::commands::session;
use crate::error::CommandError;
use crate::kept;
use crate::private;
use crate::render::{Page, plan};
use pgha_resource::endpoint::masked;

/// The form of the file; another number is another form.
const FORMAT: &str = "pgha-saved-plan/4";

/// What all its forms begin with.
const FAMILY: &str = "pgha-saved-plan/";

/// More than any spec of 1 MiB and its plan take.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Wide enough that nothing is cut off.
const PAGE: Page = Page { width: 200, verbose: false, cuts: false, simulated: false };

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
    /// What may be disrupted outside of the window.
    now: Vec<String>,
    /// The worst disruption that was allowed in place of the spec's.
    max_disruption: Option<String>,
    /// Where it was planned: AWS, the sandbox, or an endpoint.
    at: String,
    /// The digest of the plan, which covers the live values that it would change.
    pub digest: String,
    /// The plan as it was shown.
    text: String,
    /// The digest of all the others, so that a change by accident is found at once.
    seal: String,
}

/// The part of a plan that decides what is done, and that a reader agrees to. What AWS may say
/// in other words a minute later is no part of it: how many calls the look took, which error
/// text a failed one got, what waits by itself, and what is noted beside.
fn decided(found: &Plan) -> Plan {
    let mut plan = found.clone();
    plan.calls = 0;
    plan.queued.clear();
    plan.notes.retain(|note| matches!(note.kind, NoteKind::Follows | NoteKind::Kept));
    for blocked in plan.changes.iter_mut().filter_map(|change| change.blocked.as_mut()) {
        match blocked {
            Blocked::Unread { error } => error.message.clear(),
            Blocked::NoNetwork { why } => why.clear(),
            _ => {}
        }
    }
    plan
}

/// What a plan decides, as plain text and without the line that says how it was read.
fn shown(found: &Plan, cluster: &Cluster) -> String {
    let text = plan::render(&decided(found), &cluster.desired, &cluster.file, PAGE);
    let lines = anstream::adapter::strip_str(&text).to_string();
    masked(&lines).lines().skip(1).map(|line| format!("{line}\n")).collect()
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

fn unlike(name: &str, why: &dyn Display) -> CommandError {
    let error = CommandError::failed(format!("{name} is no saved plan: {why}"));
    match name.ends_with(".toml") {
        true => error.hint(format!("the spec is named with `-f {name}`")),
        false => error.hint("`pgha plan --out FILE` saves one"),
    }
}

/// What an older pgha saved may lack what decides by now, so that it is not read as far as it goes.
fn of_another_version(name: &str, format: &str) -> CommandError {
    if !format.starts_with(FAMILY) {
        return unlike(name, &format!("its format is {format}, this is for {FORMAT}"));
    }
    CommandError::refused(format!(
        "another version of pgha saved {name}: its format is {format}, this one reads {FORMAT}; not applied"
    ))
    .hint("save the plan again with `pgha plan --out FILE`, and have that reviewed")
}

fn edited(name: &str, what: &str) -> CommandError {
    CommandError::refused(format!("{what} of {name} was changed since pgha saved it: not applied"))
        .hint("save the plan again with `pgha plan --out FILE`, and have that reviewed")
}

impl Saved {
    /// What has to be kept of a plan that was made `at` a place.
    pub fn of(
        found: &Plan,
        cluster: &Cluster,
        intent: &Intent,
        max_disruption: Option<Disruption>,
        at: &str,
    ) -> Self {
        let unsealed = Self {
            format: FORMAT.into(),
            file: cluster.file.clone(),
            spec: cluster.text.clone(),
            allow: intent.allow.iter().map(Allow::to_string).collect(),
            now: intent.now.iter().map(Address::to_string).collect(),
            max_disruption: max_disruption.map(|allowed| allowed.to_string()),
            at: at.into(),
            digest: found.digest(),
            text: shown(found, cluster),
            seal: String::new(),
        };
        Self { seal: unsealed.sealed(), ..unsealed }
    }

    /// The digest of everything but the seal.
    fn sealed(&self) -> String {
        let Self { format, file, spec, allow, now, max_disruption, at, digest, text, seal: _ } =
            self;
        let agreed = (allow, now, max_disruption);
        let all = serde_json::to_string(&(format, file, spec, agreed, at, digest, text));
        sha256_hex(&all.expect("strings are JSON"))
    }

    /// The text of the file.
    pub fn to_text(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes it; an existing plan is replaced as a whole, and another file is left alone.
    pub fn write(&self, path: &Path) -> Result<(), CommandError> {
        let failed = |error: &dyn Display| {
            CommandError::failed(format!("cannot write the plan to {}: {error}", path.display()))
        };
        if kept::in_the_way(path, is_plan, LARGEST) {
            return Err(kept::refused(path, "the plan", "plan"));
        }
        let text = self.to_text().map_err(|error| failed(&error))?;
        private::replace(path, text.as_bytes()).map_err(|error| failed(&error))
    }

    /// Reads one, and refuses what is not byte for byte what pgha wrote.
    pub fn read(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let text = kept::bounded(path, LARGEST).map_err(|error| unlike(&name, &error))?;
        let saved = Self::parse(&name, &text)?;
        let written = saved.to_text().map_err(|error| unlike(&name, &error))?;
        match text.trim_end() == written.trim_end() && saved.seal == saved.sealed() {
            true => Ok(saved),
            false => Err(edited(&name, "something")),
        }
    }

    /// Reads the text of a file of that name.
    pub fn parse(name: &str, text: &str) -> Result<Self, CommandError> {
        let header: Header = serde_json::from_str(text).map_err(|error| unlike(name, &error))?;
        if header.format != FORMAT {
            return Err(of_another_version(name, &header.format));
        }
        serde_json::from_str(text).map_err(|error| unlike(name, &error))
    }

    /// Refuses a plan that was made for another place: the file decides nothing about where
    /// calls go.
    pub fn check_place(&self, at: &str) -> Result<(), CommandError> {
        if self.at == at {
            return Ok(());
        }
        let message = format!("the plan was made at {}, and this is {at}: not applied", self.at);
        Err(CommandError::refused(message)
            .hint("apply it where it was made: --sandbox and --endpoint-url as for `pgha plan`"))
    }

    /// Refuses another spec than the plan's, where one is named beside it: the plan's is applied.
    pub fn check_spec(&self, file: &str) -> Result<(), CommandError> {
        let (name, text) = crate::cluster::read(file)?;
        if text == self.spec {
            return Ok(());
        }
        Err(CommandError::refused(format!(
            "{name} is another spec than the saved plan was made of: not applied"
        ))
        .hint("a saved plan is applied with its own spec: leave `--file` out")
        .hint("or plan the other one: `pgha plan --out FILE`"))
    }

    /// Refuses a plan that does not read as what the file shows: a reader would have agreed to
    /// something else than what runs. The error comes with the difference.
    pub fn check_text(&self, now: &Plan, cluster: &Cluster) -> Result<(), (String, CommandError)> {
        match self.text == shown(now, cluster) {
            true => Ok(()),
            false => {
                let error = edited("the saved plan", "the text").hint(
                    "or another version of pgha saved it, which says the same in other words",
                );
                Err((self.difference(now, cluster), error))
            }
        }
    }

    /// The spec that was planned.
    pub fn cluster(&self) -> Result<Cluster, CommandError> {
        crate::cluster::from_text(self.file.clone(), self.spec.clone())
    }

    /// What was allowed, and asked for now.
    pub fn intent(&self) -> Result<Intent, CommandError> {
        let no_word = |error: &dyn Display| {
            CommandError::failed(format!("the saved plan allows what is no word: {error}"))
        };
        let allow = self.allow.iter().map(|word| word.parse::<Allow>());
        let allow: Vec<Allow> = allow.collect::<Result<_, _>>().map_err(|error| no_word(&error))?;
        let now = self.now.iter().map(|address| address.parse::<Address>());
        let now: Vec<Address> = now.collect::<Result<_, _>>().map_err(|error| no_word(&error))?;
        Ok(session::intent(Goal::Converge, &allow, &now))
    }

    /// The disruption that was allowed, if the spec's was not to count.
    pub fn max_disruption(&self) -> Result<Option<Disruption>, CommandError> {
        self.max_disruption.as_ref().map(|word| word.parse()).transpose().map_err(|error| {
            CommandError::failed(format!("the saved plan allows what is no disruption: {error}"))
        })
    }

    /// Another spec than this one, if it lies where this one was by now.
    pub fn newer_spec(&self) -> Option<&str> {
        // A name that a stranger wrote may stand for anything.
        let text = kept::bounded(Path::new(&self.file), LARGEST).ok()?;
        (text != self.spec).then_some(&self.file)
    }

    /// Whether something was held until the window when it was saved.
    pub fn is_held(&self) -> bool {
        self.text.contains("held until the window")
    }

    /// Why the plan of now is not this one, line by line.
    pub fn difference(&self, now: &Plan, cluster: &Cluster) -> String {
        between("reviewed", &self.text, &shown(now, cluster))
    }
}

/// What every form of the file has.
#[derive(Deserialize)]
struct Header {
    format: String,
}

/// Whether a text is a saved plan, of whichever version.
fn is_plan(text: &str) -> bool {
    serde_json::from_str::<Header>(text).is_ok_and(|header| header.format.starts_with("pgha"))
}

#[cfg(test)]
mod tests {
    use pgha_resource::Seen;
    use pgha_resource::live::{ErrorClass, ReadError};

    use super::*;
    use crate::render::testing;

    fn cluster() -> Cluster {
        Cluster {
            file: "cluster.toml".into(),
            text: "[cluster]".into(),
            shown: "[cluster]".into(),
            desired: testing::desired(),
            diagnostics: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// A folder with a saved plan of a new cluster.
    fn saved() -> (tempfile::TempDir, String) {
        let (folder, cluster) = (tempfile::tempdir().unwrap(), cluster());
        let found = testing::plan(&cluster.desired, &testing::empty(&cluster.desired));
        let allow = ["delete:db-instance/orders-read-2".parse().unwrap()];
        let now = ["db-instance/orders-primary".parse().unwrap()];
        let intent = session::intent(Goal::Converge, &allow, &now);
        let saved = Saved::of(&found, &cluster, &intent, Some(Disruption::Outage), "AWS");
        saved.write(&folder.path().join("a.plan")).unwrap();
        let text = std::fs::read_to_string(folder.path().join("a.plan")).unwrap();
        (folder, text)
    }

    #[test]
    fn only_a_plan_is_written_over() {
        let (folder, text) = saved();
        let cluster = cluster();
        let found = testing::plan(&cluster.desired, &testing::empty(&cluster.desired));
        let intent = session::intent(Goal::Converge, &[], &[]);
        let other = Saved::of(&found, &cluster, &intent, Some(Disruption::Outage), "AWS");
        let path = folder.path().join("a.plan");
        other.write(&path).unwrap();
        assert_ne!(std::fs::read_to_string(&path).unwrap(), text);
        for there in ["[cluster]\n", "{\"format\": \"1.0\"}"] {
            std::fs::write(&path, there).unwrap();
            let error = other.write(&path).unwrap_err();
            assert!(error.message.contains("which is no plan"), "{error:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), there);
        }
    }

    /// Changes the file of a saved plan, and says how reading it ends.
    #[track_caller]
    fn check_edited(from: &str, to: &str) {
        let (folder, text) = saved();
        assert!(text.contains(from), "{text}");
        let path = folder.path().join("a.plan");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = Saved::read(&path).unwrap_err();
        assert_eq!(error.exit, crate::exit::Exit::Refused, "{error:?}");
        assert!(error.message.contains("was changed since pgha saved it"), "{error:?}");
    }

    #[test]
    fn a_file_that_was_edited_anywhere_is_refused() {
        check_edited("[cluster]", "[cluster] ");
        check_edited("orders-read-2", "orders-read-3");
        check_edited("\"allow\": [", "\"allow\": [\"delete:db-instance/orders-primary\",");
        check_edited("\"max_disruption\": \"outage\"", "\"max_disruption\": null");
        check_edited("\"at\": \"AWS\"", "\"at\": \"http://127.0.0.1:1\"");
        check_edited("\"file\": \"cluster.toml\"", "\"file\": \"other.toml\"");
        check_edited("to create", "to look at");
        check_edited("\"digest\": \"", "\"digest\": \"0");
        check_edited("\"seal\": \"", "\"seal\": \"0");
        check_edited("{", "{\"approved_by\": \"somebody\",");
        check_edited("\n  \"file\"", "\n\t\"file\"");
    }

    #[test]
    fn a_file_of_another_version_is_refused_and_says_what_to_do() {
        let older = "{\"format\": \"pgha-saved-plan/3\"}";
        let error = Saved::parse("a.plan", older).unwrap_err();
        assert_eq!(error.exit, crate::exit::Exit::Refused);
        assert!(error.message.contains("another version of pgha saved a.plan"), "{error:?}");
        let error = Saved::parse("a.plan", "{\"format\": \"1.2\"}").unwrap_err();
        assert!(error.message.contains("a.plan is no saved plan"), "{error:?}");
    }

    #[test]
    fn an_untouched_file_is_read_also_after_an_editor_ended_its_last_line() {
        let (folder, text) = saved();
        let path = folder.path().join("a.plan");
        assert_eq!(Saved::read(&path).unwrap().to_text().unwrap(), text);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        assert!(Saved::read(&path).is_ok());
    }

    #[test]
    fn a_harmless_text_on_a_harmful_plan_is_refused_also_with_a_seal_that_fits() {
        let cluster = cluster();
        let found = testing::plan(&cluster.desired, &testing::empty(&cluster.desired));
        let mut saved = Saved::of(&found, &cluster, &Intent::default(), None, "AWS");
        assert!(saved.check_text(&found, &cluster).is_ok());
        saved.text = "\nnothing to do\n".into();
        saved.seal = saved.sealed();
        let (difference, error) = saved.check_text(&found, &cluster).unwrap_err();
        assert_eq!(error.exit, crate::exit::Exit::Refused);
        assert!(difference.contains("-nothing to do"), "{difference}");
    }

    #[test]
    fn a_plan_is_applied_where_it_was_made() {
        let cluster = cluster();
        let found = testing::plan(&cluster.desired, &testing::empty(&cluster.desired));
        let saved = Saved::of(&found, &cluster, &Intent::default(), None, "the sandbox");
        assert!(saved.check_place("the sandbox").is_ok());
        assert_eq!(saved.check_place("AWS").unwrap_err().exit, crate::exit::Exit::Refused);
    }

    #[test]
    fn what_aws_may_say_otherwise_a_minute_later_is_not_agreed_to() {
        let cluster = cluster();
        let found = |message: &str, calls: u32| {
            let mut live = testing::applied(&cluster.desired);
            let call = "sns:GetTopicAttributes".to_string();
            let error = ReadError { call, class: ErrorClass::Denied, message: message.into() };
            live.resources.insert(testing::address("sns-topic/orders-alerts"), Seen::Unread(error));
            live.calls = calls;
            testing::plan(&cluster.desired, &live)
        };
        let saved = Saved::of(&found("request 1", 12), &cluster, &Intent::default(), None, "AWS");
        assert!(saved.check_text(&found("request 2", 13), &cluster).is_ok());
    }
}
