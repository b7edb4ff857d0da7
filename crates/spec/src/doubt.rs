//! What can be said of a spec in which something cannot be read.
//!
//! A rule that needs a broken key would have to keep silent, and no rule says which keys it
//! needs. So the rules are asked several times, each time with other values in the place of
//! the broken keys: what they say every time is true whatever the keys were meant to say, and
//! the rest follows from what is broken. A key is broken that could not be read, and also one
//! of which a rule says that its value is none, such as a region `us-east-1a`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::document::Document;
use crate::document::Path;
use crate::document::Step;
use crate::document::nowhere;
use crate::section::Spec;
use crate::stand_in;
use crate::stand_in::StandIns;

/// Codes of findings that say of a value that it is none: not one that the others do not go
/// with, but one that nothing goes with.
const NO_VALUE: [&str; 18] = [
    "PGHA016", "PGHA017", "PGHA021", "PGHA079", "PGHA095", "PGHA103", "PGHA106", "PGHA107",
    "PGHA113", "PGHA119", "PGHA120", "PGHA121", "PGHA125", "PGHA128", "PGHA130", "PGHA131",
    "PGHA138", "PGHA142",
];
/// More words of findings than are tried.
const MOST_WORDS: usize = 12;

/// Bytes of texts that are read again in all: a spec of some kilobytes is asked as often as there
/// is something to try, and one of thousands of entries a few times.
const MOST_BYTES: usize = 1024 * 1024;
/// However long a text is, it is asked as often for each of the two sorts of stand-ins.
const LEAST_RUNS: usize = 2;

/// Rounds in which half of the keys are varied: enough for what one wrong value makes of
/// another.
const MOST_HALVED: usize = 5;

/// The rules: what they find in a spec.
pub(crate) type Rules<'r> = dyn Fn(&Spec) -> Vec<Diagnostic> + 'r;

/// What the rules say of a document whatever the broken keys are meant to say, out of what they
/// find in it as it is.
pub(crate) fn certain(
    document: &Document<'_>,
    found: Vec<Diagnostic>,
    unread: &[Path],
    rules: &Rules<'_>,
) -> Vec<Diagnostic> {
    let says: Vec<Option<Path>> = no_values(document, &found);
    let broken = Broken::new(unread, &says);
    if broken.keys.is_empty() {
        return found;
    }
    let keys: Vec<_> = says.into_iter().map(|path| broken.key_of(path)).collect();
    let left = found.into_iter().zip(keys).collect();
    let mut doubt = Doubt { document, broken, rules, left };
    doubt.vary(&StandIns::new(Vec::new()), MOST_HALVED);
    // A rule that compares two values names them: each may be what the other is meant to be.
    let words = doubt.words();
    let rounds = words.len();
    doubt.vary(&StandIns::new(words), rounds + 1);
    // What stands nowhere in the text is a stand-in.
    doubt.left.into_iter().map(|(finding, _)| finding).filter(|f| !f.span.is_empty()).collect()
}

/// The keys in whose place others are put.
struct Broken {
    keys: Vec<Path>,
    /// Those of them that could not be read, of whose values nothing is left to say.
    unread: BTreeSet<Path>,
}

impl Broken {
    fn new(unread: &[Path], says: &[Option<Path>]) -> Self {
        let unread = unread.iter().filter(|path| stand_in::is_known(path)).cloned();
        let unread: BTreeSet<Path> = unread.collect();
        let mut keys = unread.clone();
        keys.extend(says.iter().flatten().cloned());
        Self { keys: keys.into_iter().collect(), unread }
    }

    /// The number of the key that a finding says has no value.
    fn key_of(&self, path: Option<Path>) -> Option<usize> {
        self.keys.binary_search(&path.filter(|path| !self.unread.contains(path))?).ok()
    }
}

/// Which key each finding says has no value.
fn no_values(document: &Document<'_>, found: &[Diagnostic]) -> Vec<Option<Path>> {
    let paths = document.paths();
    let of = |finding: &Diagnostic| {
        let says = finding.severity == Severity::Error && NO_VALUE.contains(&finding.code);
        let at = (finding.span.start, finding.span.end);
        let path = says.then(|| paths.get(&at)).flatten()?;
        // What is said at the header of a table is about one of its keys.
        (!document.is_table(path) && stand_in::is_known(path)).then(|| path.clone())
    };
    found.iter().map(of).collect()
}

/// The findings that are left, and the key that each says has no value.
struct Doubt<'a, 't> {
    document: &'a Document<'t>,
    broken: Broken,
    rules: &'a Rules<'a>,
    left: Vec<(Diagnostic, Option<usize>)>,
}

/// What two findings have in common that are the same.
type Identity<'f> = (&'static str, usize, usize, &'f str, Severity);

fn identity(finding: &Diagnostic) -> Identity<'_> {
    let Diagnostic { code, span, title, severity, .. } = finding;
    (code, span.start, span.end, title, *severity)
}

impl Doubt<'_, '_> {
    /// Asks the rules with each of the stand-ins, and keeps what they say every time.
    /// Halves of the keys are varied for as many rounds.
    fn vary(&mut self, stand_ins: &StandIns, most_halved: usize) {
        if self.left.is_empty() {
            return;
        }
        let values = self.values(stand_ins);
        let rounds = values.iter().map(|values| values.len()).max().unwrap_or_default();
        let halves = self.halves();
        let of_round = |round: usize| match round < most_halved {
            true => &halves[..],
            false => &halves[..1],
        };
        let runs =
            (0..rounds).flat_map(|round| of_round(round).iter().map(move |half| (round, half)));
        for (round, half) in runs.take(self.most_runs()) {
            let mut document = self.document.clone();
            for (number, (key, values)) in self.broken.keys.iter().zip(&values).enumerate() {
                if !half.has(number) {
                    continue;
                }
                match values.get(round % values.len().max(1)) {
                    Some(Some(value)) => document.put(key, nowhere(value.clone())),
                    Some(None) => _ = document.take(key),
                    None => {}
                }
            }
            if let Ok(spec) = document.read() {
                self.keep(&(self.rules)(&spec), half);
            }
        }
    }

    /// How often the rules may be asked.
    fn most_runs(&self) -> usize {
        (MOST_BYTES / 2 / self.document.length().max(1)).max(LEAST_RUNS)
    }

    /// What could stand at each key; nothing, where it may be left out. It is the same for every
    /// item of a list.
    fn values(&self, stand_ins: &StandIns) -> Vec<Rc<[Option<DeValue<'static>>]>> {
        let mut known: BTreeMap<Path, Rc<[_]>> = BTreeMap::new();
        let of = |key: &Path| {
            let values = stand_ins.values(key).into_iter().map(Some);
            stand_in::is_optional(key).then_some(None).into_iter().chain(values).collect()
        };
        let first = |step: &Step| match step {
            Step::Item(_) => Step::Item(0),
            Step::Key(_) => step.clone(),
        };
        let keys = self.broken.keys.iter();
        keys.map(|key| {
            let alike = known.entry(key.iter().map(first).collect());
            Rc::clone(alike.or_insert_with(|| of(key)))
        })
        .collect()
    }

    /// All keys at once; and, where a finding is about one of them, halves of the keys, so that
    /// each two are once in different ones.
    fn halves(&self) -> Vec<Half> {
        let mut halves = vec![Half::All];
        let count = self.broken.keys.len();
        if count > 1 && self.left.iter().any(|(_, key)| key.is_some()) {
            let bits = (0..usize::BITS).take_while(|bit| (count - 1) >> bit != 0);
            halves.extend(
                bits.flat_map(|bit| [Half::Of { bit, side: 0 }, Half::Of { bit, side: 1 }]),
            );
        }
        halves
    }

    fn keep(&mut self, said: &[Diagnostic], half: &Half) {
        let said: BTreeMap<_, _> =
            said.iter().map(|finding| (identity(finding), finding)).collect();
        self.left.retain_mut(|(finding, key)| {
            // Of a key with another value nobody says what is wrong with its own.
            if key.is_some_and(|key| half.has(key)) {
                return true;
            }
            let Some(again) = said.get(&identity(finding)) else { return false };
            agree(finding, again);
            true
        });
    }

    /// What the findings name: their codes, what stands between their quotes, and parts of it, and
    /// texts of the document.
    fn words(&self) -> Vec<String> {
        let texts = self.document.texts();
        let left = || self.left.iter().map(|(finding, _)| finding);
        let quoted = left().flat_map(|finding| finding.title.split('`').skip(1).step_by(2));
        let plain = left().flat_map(|finding| finding.title.split([' ', ',', '`']));
        let named = quoted.flat_map(parts).chain(plain.filter(|word| texts.contains(word)));
        let mut words: Vec<String> = Vec::new();
        for word in named.chain(left().map(|finding| finding.code)) {
            if words.len() < MOST_WORDS && !words.iter().any(|known| known == word) {
                words.push(word.to_string());
            }
        }
        words
    }
}

/// A name and the names that it begins and ends with: of `db-instance/a-primary` also
/// `a-primary` and `a`.
fn parts(name: &str) -> Vec<&str> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let starts = last.match_indices('-').map(|(at, _)| &last[..at]);
    [name, last].into_iter().chain(starts).collect()
}

/// Takes out of a finding what depends on the broken keys.
fn agree(finding: &mut Diagnostic, again: &Diagnostic) {
    if finding.label != again.label {
        finding.label.clear();
    }
    if finding.help != again.help || finding.fix != again.fix {
        finding.help = None;
        finding.fix = None;
    }
    finding.notes.retain(|note| again.notes.contains(note));
    finding.secondary.retain(|place| again.secondary.contains(place));
}

/// Which of the broken keys get another value.
enum Half {
    All,
    Of { bit: u32, side: usize },
}

impl Half {
    fn has(&self, number: usize) -> bool {
        match self {
            Self::All => true,
            Self::Of { bit, side } => (number >> bit) & 1 == *side,
        }
    }
}
