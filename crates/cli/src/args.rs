//! The command line. `PGHA_…` variables stand for flags, but never for a consent: what
//! agrees to a deletion or a disruption has to be typed.

use std::path::PathBuf;

use clap::{Arg, Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use clap::builder::{
    FalseyValueParser, NonEmptyStringValueParser, OsStringValueParser, PathBufValueParser,
    Resettable, TypedValueParser as _,
};
use pgha_planner::Allow;
use pgha_resource::Address;
use pgha_resource::Disruption;

use crate::exit;

/// Keeps highly available PostgreSQL on AWS RDS the way cluster.toml says.
///
/// There is no state file: pgha compares cluster.toml with the live account. `pgha plan`
/// shows what differs and what a change would cost, `pgha apply` makes it so, and
/// `pgha drift` tells what moved without the spec. With --sandbox all of them work on a
/// simulated account in a file.
#[derive(Debug, Parser)]
#[command(name = "pgha", version, after_help = exit::HELP, max_term_width = 100)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct Global {
    /// The spec; `-` reads it from stdin.
    #[arg(short, long, global = true, env = "PGHA_FILE", default_value = "cluster.toml")]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub file: String,

    /// Whether the spec was named on this command line.
    #[arg(skip)]
    pub names_file: bool,

    /// Work on a simulated account, kept in FILE, instead of AWS.
    #[arg(long, global = true, env = "PGHA_SANDBOX", value_name = "FILE", num_args = 0..=1)]
    #[arg(require_equals = true, default_missing_value = SANDBOX, value_hint = ValueHint::FilePath)]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub sandbox: Option<PathBuf>,

    /// Send every AWS call to this URL: an emulator, or a private endpoint.
    #[arg(long, global = true, env = "PGHA_ENDPOINT_URL", value_name = "URL")]
    #[arg(value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,

    /// The profile in ~/.aws/config to take credentials from.
    #[arg(long, global = true, env = "PGHA_PROFILE", value_name = "NAME")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,

    /// Whether to use colour; NO_COLOR and CLICOLOR_FORCE are obeyed.
    #[arg(long, global = true, env = "PGHA_COLOR", value_name = "WHEN", default_value = "auto")]
    pub color: Colour,

    /// Say more: every field of new resources, every call, unreadable fields.
    #[arg(short, long, global = true, env = "PGHA_VERBOSE")]
    #[arg(value_parser = FalseyValueParser::new())]
    pub verbose: bool,
}

impl Global {
    /// Reads a variable for the sandbox as a switch where it is one. On the command line, a file
    /// without a name is a mistake: with `--sandbox=$UNSET` nobody means the real account.
    pub fn settle_sandbox(&mut self, from_environment: bool) -> Result<(), &'static str> {
        let text = self.sandbox.as_ref().and_then(|path| path.to_str().map(str::to_lowercase));
        match (text.as_deref(), from_environment) {
            (Some(""), false) => {
                Err("--sandbox= names no file; without `=` it is kept in .pgha/sandbox.json")
            }
            (Some("" | "0" | "false" | "no" | "off"), true) => {
                self.sandbox = None;
                Ok(())
            }
            (Some("1" | "true" | "yes" | "on"), true) => {
                self.sandbox = Some(SANDBOX.into());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The digest of a plan.
fn digest(text: &str) -> Result<String, &'static str> {
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    match text.len() == 64 && text.chars().all(is_digit) {
        true => Ok(text.into()),
        false => {
            Err("a digest is 64 hexadecimal digits: `digest` in what `pgha plan --json` prints")
        }
    }
}

/// A file to write into. Stdout has the text that people read, and no file is meant to be called
/// `-`.
fn a_file() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match path.as_os_str() == "-" {
        true => Err("this is written into a file only: name one (one called `-` is `./-`)"),
        false => Ok(path),
    })
}

/// The command line without the variables that are set to nothing, as a job sets what it does not
/// know: they stand for nothing. An endpoint is none of them, because without it calls go to AWS.
pub fn command() -> clap::Command {
    without_empty_variables(Cli::command())
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &Arg| {
        let name = arg.get_env().filter(|name| *name != "PGHA_ENDPOINT_URL");
        name.and_then(std::env::var_os).is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg })
        .mut_subcommands(without_empty_variables)
}

/// Where the simulated account is kept unless told otherwise.
pub const SANDBOX: &str = ".pgha/sandbox.json";

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the spec without looking at any account.
    Check(Check),
    /// Show what would be changed, in which order and at what cost.
    Plan(Plan),
    /// Make the account as the spec says.
    Apply(Apply),
    /// Show what moved in the account without the spec.
    Drift(Drift),
    /// Show how the cluster is: roles, endpoints, replication, backups.
    Status(Status),
    /// Write the spec of a database that exists.
    Import(Import),
    /// Delete everything that the cluster owns.
    Destroy(Destroy),
    /// Let go of everything that the cluster owns, which stays as it is.
    Disown(Disown),
    /// Remove the lock of an apply that died.
    Unlock(Unlock),
    /// Print the least-privilege IAM policy of who plans, who applies, or the application.
    IamPolicy(IamPolicy),
    /// Draw what the spec describes and what needs what.
    Graph(Graph),
    /// Print the JSON Schema of the spec, for editors.
    Schema,
    /// Explain codes such as PGHA012, or 12.
    Explain(Explain),
    /// Format the spec.
    Fmt(Fmt),
    /// Look into the simulated account, pass time in it, break things in it.
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one a command into DIR.
    Man {
        /// Where to write them.
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// Check the spec without looking at any account.
#[derive(Debug, Args)]
pub struct Check {
    /// Treat warnings as errors.
    #[arg(long, value_name = "WHAT")]
    pub deny: Option<Deny>,
    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to treat as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings.
    Warnings,
}

/// Show what would be changed.
#[derive(Debug, Args)]
pub struct Plan {
    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 when there are changes.
    #[arg(long, env = "PGHA_DETAILED_EXITCODE", value_parser = FalseyValueParser::new())]
    pub detailed_exitcode: bool,
    /// Allow what is refused otherwise: `delete:`, `adopt:` or `create:ADDRESS`, or `adopt`
    /// for all that nobody owns.
    #[arg(long, value_name = "VERB:ADDRESS")]
    pub allow: Vec<Allow>,
    /// Do now what is held until the maintenance window, at this address.
    #[arg(long, value_name = "ADDRESS")]
    pub now: Vec<Address>,
    /// The worst disruption to allow, in place of `guard.max_disruption`, as for `apply`: none,
    /// degraded, failover, restart or outage.
    #[arg(long, value_name = "DISRUPTION")]
    pub max_disruption: Option<Disruption>,
    /// As for `apply`; a plan asks nothing.
    #[arg(short, long, hide = true)]
    pub yes: bool,
    /// Save the plan to FILE, for `pgha apply FILE`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = a_file())]
    pub out: Option<PathBuf>,
}

/// Make the account as the spec says.
#[derive(Debug, Args)]
pub struct Apply {
    /// A plan that `pgha plan --out` saved: it is applied exactly, or not at all.
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["allow", "now", "expect"])]
    pub plan: Option<PathBuf>,
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
    /// The worst disruption to cause, in place of `guard.max_disruption`: none, degraded, failover,
    /// restart or outage.
    #[arg(long, value_name = "DISRUPTION")]
    pub max_disruption: Option<Disruption>,
    /// Allow what is refused otherwise: `delete:`, `adopt:` or `create:ADDRESS`, or `adopt`
    /// for all that nobody owns.
    #[arg(long, value_name = "VERB:ADDRESS")]
    pub allow: Vec<Allow>,
    /// Do now what is held until the maintenance window, at this address.
    #[arg(long, value_name = "ADDRESS")]
    pub now: Vec<Address>,
    /// Apply only the plan with this digest, which `pgha plan --json` printed.
    #[arg(long, value_name = "DIGEST", alias = "digest", value_parser = digest)]
    pub expect: Option<String>,
    /// Write every change down in FILE before and after it is made; by default beside the
    /// sandbox, or under .pgha/.
    #[arg(long, env = "PGHA_JOURNAL", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = a_file())]
    pub journal: Option<PathBuf>,
    /// Print events as JSON lines, the report last.
    #[arg(long)]
    pub json: bool,
}

/// Show what moved in the account without the spec.
#[derive(Debug, Args)]
pub struct Drift {
    /// Print the drift as JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 when there is drift.
    #[arg(long, env = "PGHA_DETAILED_EXITCODE", value_parser = FalseyValueParser::new())]
    pub detailed_exitcode: bool,
}

/// Show how the cluster is.
#[derive(Debug, Args)]
pub struct Status {
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Write the spec of a database that exists, whoever made it.
///
/// From any member, replica or proxy everything is found that belongs to it. Nothing is changed,
/// and no more permissions are needed than for `plan`.
#[derive(Debug, Args)]
pub struct Import {
    /// The name or the ARN of an instance, a Multi-AZ cluster or a proxy.
    #[arg(value_name = "IDENTIFIER", value_parser = NonEmptyStringValueParser::new())]
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "out_dir"])]
    pub identifier: Option<String>,
    /// Where it is; an ARN says it, and otherwise AWS_REGION or the profile.
    #[arg(long, value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub region: Option<String>,
    /// What the spec calls the cluster, in place of what its primary is called.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    #[arg(conflicts_with_all = ["all", "out_dir"])]
    pub cluster_name: Option<String>,
    /// Write the spec into FILE, which must not be there, in place of stdout.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = a_file(), conflicts_with_all = ["all", "out_dir"])]
    pub out: Option<PathBuf>,
    /// Write a spec for every PostgreSQL database of the region, replicas with their sources.
    #[arg(long, requires = "out_dir")]
    pub all: bool,
    /// Where the specs of `--all` go, each called after its cluster; none is written over.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "all")]
    pub out_dir: Option<PathBuf>,
}

/// Remove the lock of an apply that died.
#[derive(Debug, Args)]
pub struct Unlock {
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
}

/// Delete everything that the cluster owns.
#[derive(Debug, Args)]
pub struct Destroy {
    /// The cluster's name, in place of typing it when asked.
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Keep nothing: take no final snapshots of the databases.
    #[arg(long)]
    pub skip_final_snapshot: bool,
    /// Write every change down in FILE, as `apply` does.
    #[arg(long, env = "PGHA_JOURNAL", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = a_file())]
    pub journal: Option<PathBuf>,
    /// Print events as JSON lines, the report last.
    #[arg(long)]
    pub json: bool,
}

/// Let go of everything that the cluster owns.
///
/// pgha's own tags come off, and nothing else changes: what the cluster has runs on, and is
/// nobody's. `pgha apply --allow adopt` takes it over again.
#[derive(Debug, Args)]
pub struct Disown {
    /// Do not ask.
    #[arg(short, long)]
    pub yes: bool,
    /// Write every change down in FILE, as `apply` does.
    #[arg(long, env = "PGHA_JOURNAL", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = a_file())]
    pub journal: Option<PathBuf>,
    /// Print events as JSON lines, the report last.
    #[arg(long)]
    pub json: bool,
}

/// Print a least-privilege IAM policy.
#[derive(Debug, Args)]
pub struct IamPolicy {
    /// Whose it is.
    pub whose: Whose,
    /// The database user of the application's tokens; the master user unless named.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
}

/// Whose policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Whose {
    /// Who runs `plan`, `drift` and `status`; offline.
    Plan,
    /// Who runs `apply` and `destroy`; offline.
    Apply,
    /// The application; looks at the account for its ids.
    App,
}

/// Draw what the spec describes.
#[derive(Debug, Args)]
pub struct Graph {
    /// Mermaid text for Markdown, or a picture.
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: Drawing,
    /// Write it to FILE.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = a_file())]
    pub output: Option<PathBuf>,
}

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    /// Mermaid text, which GitHub and GitLab draw.
    Mermaid,
    /// A picture.
    Svg,
}

/// Explain codes.
#[derive(Debug, Args)]
pub struct Explain {
    /// The codes, with or without PGHA.
    #[arg(required_unless_present = "list", value_name = "CODE")]
    pub codes: Vec<String>,
    /// List all codes.
    #[arg(long, conflicts_with = "codes")]
    pub list: bool,
}

/// Format the spec.
#[derive(Debug, Args)]
pub struct Fmt {
    /// Change nothing; exit with 2 when the spec is not formatted.
    #[arg(long)]
    pub check: bool,
    /// Change nothing; print what would change.
    #[arg(long)]
    pub diff: bool,
    /// The spec, in place of --file; `-` formats stdin to stdout.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub path: Option<String>,
}

/// Look into the simulated account and break things in it.
#[derive(Debug, Subcommand)]
pub enum Sandbox {
    /// List everything in it.
    List,
    /// Show every field of a resource.
    Show {
        /// The resource.
        address: Address,
    },
    /// Make the VPCs and subnets that the spec asks for and that are not there.
    AddNetwork,
    /// Make an instance as the console does, with what it fills in.
    AddDatabase {
        /// The instance, `db-instance/NAME`.
        address: Address,
    },
    /// Let time pass: `90s`, `2h 30m`, `8d`.
    Advance {
        /// How much.
        #[arg(value_parser = crate::commands::sandbox::duration)]
        duration: std::time::Duration,
    },
    /// Change a field as someone in the console would.
    Tamper {
        /// The resource.
        address: Address,
        /// The field; an element of a map is `tags.team` or `parameters.work_mem`.
        field: String,
        /// The value.
        value: String,
    },
    /// Delete a resource as someone in the console would.
    Delete {
        /// The resource.
        address: Address,
        /// For an instance, whatever protects it: a final snapshot of this name.
        #[arg(long, value_name = "NAME")]
        final_snapshot: Option<String>,
        /// For an instance, whatever protects it: keep its automated backups.
        #[arg(long)]
        keep_backups: bool,
    },
    /// Restore a snapshot, or an instance to its latest point in time, under a new name.
    Restore {
        /// The snapshot or instance.
        from: Address,
        /// The new instance's name.
        to: String,
    },
    /// Give an instance another name.
    Rename {
        /// The instance.
        address: Address,
        /// Its new name.
        to: String,
    },
    /// Make a blue/green deployment of an instance and its replicas.
    BlueGreen {
        /// The instance.
        address: Address,
    },
    /// Switch a blue/green deployment over.
    SwitchOver {
        /// The instance.
        address: Address,
    },
    /// Promote a replica.
    Promote {
        /// The replica.
        address: Address,
    },
    /// Stop an instance; it starts by itself after seven days.
    Stop {
        /// The instance.
        address: Address,
    },
    /// Start an instance that is stopped or had lost its key.
    Start {
        /// The instance.
        address: Address,
    },
    /// Disable the key of a database.
    LoseKey {
        /// The database.
        address: Address,
    },
    /// Take a snapshot by hand.
    Snapshot {
        /// The database.
        address: Address,
        /// The snapshot's name.
        name: String,
    },
    /// Let AWS Backup take over the backups of a database.
    AwsBackup {
        /// The database.
        address: Address,
        /// For how many days it keeps them.
        days: u32,
    },
    /// Attach the group of the console's "Set up EC2 connection".
    ConnectEc2 {
        /// The database.
        address: Address,
    },
    /// Change the password of a database and not of its secret.
    ChangePassword {
        /// The database.
        address: Address,
    },
    /// Write another password into a secret and not into its database.
    PutSecret {
        /// The secret.
        address: Address,
    },
    /// Let a rotation run now.
    Rotate {
        /// The secret.
        address: Address,
    },
    /// Forbid Secrets Manager to call the function of a secret.
    DenyRotation {
        /// The secret.
        address: Address,
    },
    /// Fail over a database.
    Failover {
        /// The database.
        address: Address,
    },
    /// Fill a database's storage.
    FillStorage {
        /// The database.
        address: Address,
        /// How full, in percent.
        percent: u32,
    },
    /// Confirm e-mail subscriptions, as their readers would.
    Confirm {
        /// The subscription; all of them unless named.
        address: Option<Address>,
    },
    /// Show what happened, as RDS events tell it.
    Events,
    /// Start over with an empty account.
    Reset {
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_sandbox_may_be_named_or_not() {
        let sandbox = |args: &[&str]| Cli::try_parse_from(args).unwrap().global.sandbox;
        assert_eq!(sandbox(&["pgha", "plan", "--sandbox"]), Some(SANDBOX.into()));
        assert_eq!(sandbox(&["pgha", "--sandbox=x.json", "plan"]), Some("x.json".into()));
        assert_eq!(sandbox(&["pgha", "plan"]), None);
    }
}
