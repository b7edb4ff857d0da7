//! What a hostile AWS does to its answers, one line an edit:
//!
//! ```text
//! rds:DescribeDBInstances DBInstanceStatus = storage-full
//! rds:DescribeDBInstances PendingModifiedValues/Port = -1
//! iam:GetRole Value#2 = \n
//! * !status = 503
//! ```
//!
//! Before `=` is an operation, or `*` for all, and a field of its answer: every one of that
//! name, or with `#N` the one of that number, counted from 0. A field that is not there is
//! put there. Edits of the answer as a whole begin with `!`: see [`Deed`]. A mutating
//! operation that is named is called. Lines that are none of this are passed over.

/// Where the one thing nobody may repeat stands in answers.
pub const PASSWORD: &str = "{password}";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// `rds:DescribeDBInstances`, or `*`.
    pub operation: String,
    /// What to do.
    pub deed: Deed,
    /// With what.
    pub value: String,
}

/// What is done to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Gives the field this value.
    Set { path: String, number: Option<usize> },
    /// `!without`: takes fields of that name out.
    Without,
    /// `!twice`: says fields of that name twice.
    Twice,
    /// `!status`: answers with that status.
    Status,
    /// `!header`: adds a header, `name: value`.
    Header,
    /// `!error`: an error of the service, a code and a message.
    Error,
    /// `!body`: the whole body.
    Body,
    /// `!cut`: so many bytes of the body.
    Cut,
    /// `!gone`: no answer at all.
    Gone,
}

impl Deed {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "!without" => Self::Without,
            "!twice" => Self::Twice,
            "!status" => Self::Status,
            "!header" => Self::Header,
            "!error" => Self::Error,
            "!body" => Self::Body,
            "!cut" => Self::Cut,
            "!gone" => Self::Gone,
            field if field.starts_with('!') => return None,
            field => match field.split_once('#') {
                Some((path, number)) => {
                    Self::Set { path: path.into(), number: Some(number.parse().ok()?) }
                }
                None => Self::Set { path: field.into(), number: None },
            },
        })
    }
}

/// A script: which example is looked at, and the edits in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Whether it is the Multi-AZ DB cluster: the line `cluster`.
    pub is_cluster: bool,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// More lines than this only make a run slow.
const MOST: usize = 32;

impl Script {
    /// Reads one; anything is a script.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lines = || text.lines().take(MOST);
        Self {
            is_cluster: lines().any(|line| line == "cluster"),
            edits: lines().filter_map(edit).collect(),
        }
    }

    /// The edits of an operation's answers.
    pub fn of<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a Edit> {
        self.edits.iter().filter(move |edit| edit.operation == "*" || edit.operation == operation)
    }

    /// Whether answers are lost, broken off or those of a server in trouble, and none says
    /// another thing.
    pub fn only_fails(&self) -> bool {
        self.edits.iter().all(|edit| match edit.deed {
            Deed::Gone | Deed::Cut => true,
            Deed::Status => matches!(edit.value.parse(), Ok(500..600_u16)),
            _ => false,
        })
    }

    /// Whether the password may be found where AWS's words are repeated, because the script
    /// puts it where AWS never does. It belongs into a secret, whatever else is there; and AWS
    /// may quote it, as it is, when it refuses what it was sent with.
    pub fn tells(&self, password: &str) -> bool {
        let (mut in_secret, mut in_refusal) = (false, false);
        for edit in self.edits.iter().filter(|edit| edit.value.contains(PASSWORD)) {
            match edit.holds_password() {
                Some(Place::Secret) => in_secret = true,
                Some(Place::Refusal) => in_refusal = true,
                None => return true,
            }
        }
        in_secret && in_refusal || self.edits.iter().any(|edit| edit.value.contains(password))
    }
}

/// Where AWS may have the password.
enum Place {
    Secret,
    Refusal,
}

impl Edit {
    fn holds_password(&self) -> Option<Place> {
        let words = self.value.split_once(' ');
        let in_message = words.is_some_and(|(code, _)| !code.contains(PASSWORD));
        match (self.operation.as_str(), &self.deed) {
            ("secretsmanager:GetSecretValue", Deed::Set { path, .. }) => {
                (path == "SecretString").then_some(Place::Secret)
            }
            (
                "rds:CreateDBInstance" | "rds:CreateDBCluster" | "secretsmanager:CreateSecret",
                Deed::Error,
            ) => in_message.then_some(Place::Refusal),
            _ => None,
        }
    }
}

fn edit(line: &str) -> Option<Edit> {
    let (left, value) = line.split_once(" = ")?;
    let (operation, deed) = left.split_once(' ')?;
    let value = value.replace("\\n", "\n").replace("\\0", "\0");
    Some(Edit { operation: operation.into(), deed: Deed::parse(deed)?, value })
}
