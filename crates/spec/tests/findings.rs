//! What is said of wrong specs: code, line and column, and what to type instead.

use std::fmt::Write;

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;
use pgha_spec::position;

const HEAD: &str = r#"[cluster]
name = "t"
region = "us-east-1"
account = "123456789012"
tags = { team = "t" }
[engine]
version = "16"
class = "db.r6g.large"
"#;

/// What is said of a whole text, one finding a line.
fn said(text: &str, least: Severity) -> String {
    let found = match load("t.toml", text) {
        Ok(loaded) => loaded.diagnostics,
        Err(errors) => errors.diagnostics,
    };
    let mut out = String::new();
    for Diagnostic { code, severity, title, span, label, help, fix, .. } in &found {
        if severity > &least {
            continue;
        }
        let (line, column) = position(text, span.start);
        let help = help.as_deref().unwrap_or("-").replace('\n', "⏎");
        write!(out, "{line}:{column} {code} {severity}: {title} [{label}] help: {help}").unwrap();
        if let Some(fix) = fix {
            write!(out, " fix: {} → {}", &text[fix.span.clone()], fix.replacement).unwrap();
        }
        out.push('\n');
    }
    out
}

/// The errors and warnings of each text, set after a sound head of ten lines.
fn after_head(texts: &[&str]) -> String {
    let head = format!(
        "{HEAD}[alerting]
emails = [\"a@example.com\"]
"
    );
    each(&texts.iter().map(|text| (*text, format!("{head}{text}"))).collect::<Vec<_>>())
}

/// What is no TOML, or has the wrong number of brackets, in plain words.
#[test]
fn syntax_in_plain_words() {
    insta::assert_snapshot!(after_head(&[
        "[maintenance]\nwindow = sun:04:00-sun:05:00\n",
        "[storage]\nsize = 500 GiB # a comment\ntype = gp3\n",
        "[storage]\nsize = 500GiB\n",
        "[storage]\nsize = “500 GiB”\n",
        "[storage]\nsize = 'a\n",
        "[storage]\nsize = \"500 GiB\n",
        "[storage]\nsize =\n",
        "[storage]\nsize: \"500 GiB\"\n",
        "[storage]\nsize \"500 GiB\"\n",
        "[storage]\nencrypted = True\n",
        "[storage]\nencrypted = yes\n",
        "[backup]\nwindow = 03:00-04:00\n",
        "[network]\nallow = [10.0.0.0/16, self]\n",
        "[network]\nallow = [\"self\"\n",
        "[network]\nvpc = { tag = { Name = \"a\" }\n",
        "[credentials]\npassword = hunter2\n",
        "[storage]\niops = 012000\n",
        "[storage]\nsize = 500\"\n",
        "[storage]\nsize = \"500 GiB\" at least\n",
        "[storage]\nsize = = 500\n",
        "[network]\nallow = [\"self\" \"10.0.0.0/8\"]\n",
        "[cluster.tags]\nä = \"x\"\n",
        "= 1\n",
        "[[replica]\nname = \"r\"\n",
        "[storage]\nsize = 500.0.1\n",
        "[replica]\nname = \"r\"\nbanana = 1\n",
        "[replica]\nname = \"r\"\n[replica]\nname = \"s\"\n",
        "[proxy.endpoint]\nname = \"r\"\n",
        "[[storage]]\ntype = \"gp2\"\n",
        "[[cluster]]\nname = \"x\"\n",
        "[storage]\nsize = \"500 GiB\"\n[storage]\ntype = \"gp3\"\n",
    ]));
}

/// The errors and warnings of each text, below what is shown of it.
fn each(texts: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (shown, text) in texts {
        writeln!(
            out,
            "{shown}
→
{}",
            said(text, Severity::Warning)
        )
        .unwrap();
    }
    out
}

#[test]
fn syntax() {
    insta::assert_snapshot!(after_head(&[
        "[storage\nsize = 1\n",
        "[storage]\nsize = 1\nsize = 2\n",
        "[network]\nvpc = { tag = {\n Name = \"x\" } }\n",
    ]));
    insta::assert_snapshot!(
        [
            said("", Severity::Warning),
            said("\u{1}\u{2}", Severity::Warning),
            said("a = ", Severity::Warning)
        ]
        .join("\n")
    );
}

#[test]
fn keys_and_sections() {
    insta::assert_snapshot!(after_head(&[
        "[storge]\nsize = 200\n",
        "[backup]\nretension = 7\nwindw = \"x\"\nbanana = 1\n",
        "[[replica]]\nregion = \"us-east-1\"\n",
        "[network.regions.us-west-2]\nsubnet = \"all\"\n",
    ]));
    insta::assert_snapshot!(
        [said("[cluster]\nregion = \"us-east-1\"\n", Severity::Warning)].join("\n")
    );
}

/// What stands in for something missing must be found fault with nowhere.
#[test]
fn what_is_missing_is_said_once_and_blames_nothing_else() {
    insta::assert_snapshot!(after_head(
        &["[[alarm]]\nname = \"x\"\n[storage]\niops = \"many\"\n",]
    ));
    insta::assert_snapshot!(said("subnets=\"  all\"\nx=1\n", Severity::Warning));
}

/// What people write who come from Terraform, CloudFormation or the command line.
/// What is wrong is the shape of the key, and not what its value is made of.
#[test]
fn sections_are_no_values_and_values_no_sections() {
    let mut all = after_head(&[
        "[storage.size]\nvalue = 3",
        "[[backup.retention]]\ndays = 3",
        "[storage]\nencrypted = { a = 1 }",
        "[network]\nallow = { a = 1 }",
        "subscriptions = \"x\"",
        "[credentials]\nrotation = 30",
        "[parameters]\nwork_mem = { a = 1 }",
        "[proxy]\npassword = { a = 1 }",
    ]);
    let cluster = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\n";
    let engine = "[engine]\nversion = \"16\"\nclass = \"db.r6gd.large\"\n";
    for top in ["engine = [1, 2]", "engine = \"16\"", "engine = [{ version = \"16\" }]"] {
        all.push_str(&each(&[(top, format!("{top}\n{cluster}"))]));
    }
    for top in ["storage = \"100 GiB\"", "parameters = [1]", "replica = \"a\"", "replica = [\"a\"]"]
    {
        all.push_str(&each(&[(top, format!("{top}\n{cluster}{engine}"))]));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn words_of_other_tools_lead_to_the_right_ones() {
    let texts = [
        "[storage]\nallocated_storage = 100",
        "[storage]\nAllocatedStorage = 100",
        "[storage]\nmulti_az = true",
        "[storage]\nbackup_retention_period = 7",
        "[backup]\nbackup_retention_period = 7",
        "[maintenance]\napply_immediately = true",
        "[maintenance]\napply = \"immediate\"",
        "[proxy]\nenabled = true",
        "[tags]\nteam = \"t\"",
        "[network]\nsubnets = { tags = { Tier = \"data\" } }",
        "[network]\nvpc = { Name = \"x\" }",
        "[[replica]]\nnam = \"a\"",
        "[backup]\nreplicate_to = \"eu-west-1\"",
        "[provider]\nregion = \"us-east-1\"",
        "[dr]\nregion = \"us-west-2\"",
        "[rotation]\ndays = 30",
        "[slack]\nchannel = \"x\"",
        "slack = \"https://hooks.slack.com/services/T0/B0/x\"",
        "pagerduty = \"x\"",
    ];
    let mut all = after_head(&texts);
    let terraform = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\ntopology = \"multi-az\"\n\
                     [engine]\nengine_version = \"16\"\ninstance_class = \"db.r6g.large\"\n";
    all.push_str(&each(&[("an engine in other words", terraform.into())]));
    assert!(!all.contains("struct"), "{all}");
    insta::assert_snapshot!(all);
}

#[test]
fn dates_are_texts() {
    insta::assert_snapshot!(after_head(&[
        "[guard]\nallow = [{ lint = \"PGHA006\", reason = \"x\", until = 2027-01-31 }]\n",
    ]));
}

#[test]
fn types_and_words() {
    insta::assert_snapshot!(after_head(&[
        "[storage]\nsize = \"200 GB\"\nmax_size = true\niops = \"many\"\ntype = \"gp4\"\n",
        "[network]\nvpc = \"main\"\nsubnets = \"some\"\n",
        "[maintenance]\nwindow = \"sunday 4am\"\napply = \"immediatly\"\n",
    ]));
}

#[test]
fn storage() {
    insta::assert_snapshot!(after_head(&[
        "[storage]\nsize = \"100 GiB\"\niops = 3000\n",
        "[storage]\nsize = \"400 GiB\"\niops = 3000\nthroughput = 4500\n",
        "[storage]\nsize = \"400 GiB\"\nthroughput = 3500\n",
        "[storage]\ntype = \"io1\"\nsize = \"100 GiB\"\niops = 9000\n",
        "[storage]\ntype = \"io2\"\n",
        "[storage]\ntype = \"standard\"\n",
        "[storage]\ntype = \"gp2\"\ndedicated_log_volume = true\n",
        "[storage]\nsize = \"100 GiB\"\nmax_size = \"105 GiB\"\n",
        "[storage]\nsize = \"100 GiB\"\nmax_size = \"115 GiB\"\n",
        "[storage]\nmax_size = \"off\"\nencrypted = false\n",
        "[storage]\nsize = 10\n",
    ]));
}

#[test]
fn engine() {
    let engine = |lines: &str| {
        let head = HEAD.split("[engine]").next().unwrap();
        said(&format!("{head}[alerting]\nemails=[\"a@b.c\"]\n[engine]\n{lines}"), Severity::Warning)
    };
    let r6g = "class = \"db.r6g.large\"\n";
    insta::assert_snapshot!(
        [
            engine(&format!("version = \"16.1\"\n{r6g}")),
            engine(&format!("version = \"13\"\n{r6g}")),
            engine(&format!("version = \"newest\"\n{r6g}")),
            engine(&format!("version = \"14\"\n{r6g}")),
            engine("version = \"16\"\nclass = \"r6g.large\"\nport = 80\n"),
            engine("version = \"16\"\nclass = \"db.t3.large\"\nca_certificate = \"rds-ca-2019\"\n")
        ]
        .join("\n")
    );
}

#[test]
fn parameters() {
    insta::assert_snapshot!(after_head(&[
        "[parameters]\nlog_statement = \"all\"\nwork_mem = \"30s\"\nmax_connections = { value = 1, apply_method = \"pending-reboot\" }\n",
        "[parameters]\nwork_mem_ = 1\nwal_level = \"logical\"\nmax_connections = 3\n",
        "[parameters]\nmax_connections = 4000\n\"rds.force_ssl\" = 0\n",
        "[parameters]\nmax_connections = 200\n[[replica]]\nname = \"r\"\nparameters = { max_connections = 100 }\n",
    ]));
}

#[test]
fn replicas() {
    insta::assert_snapshot!(after_head(&[
        "[[replica]]\nname = \"a\"\nsource = \"b\"\n[[replica]]\nname = \"b\"\nsource = \"a\"\n",
        "[[replica]]\nname = \"heir\"\n[[replica]]\nname = \"heir\"\nsource = \"hier\"\n",
        "[[replica]]\nname = \"dr\"\nregion = \"us-west-2\"\n",
        "[[replica]]\nname = \"dr\"\nregion = \"us-wst-2\"\n",
        "[[replica]]\nname = \"a\"\nkms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\"\nzone = \"us-west-2a\"\nmulti_az = true\n",
        "[[replica]]\nname = \"primary\"\nclass = \"db.r6g.medium\"\ndeletion_protection = false\nmaintenance_window = \"sun:04:00-sun:05:00\"\n",
        "[credentials]\nmanage = \"rds\"\n[backup]\nretention = 0\n[[replica]]\nname = \"a\"\n",
        "[[replica]]\nname = \"a\"\n[[replica]]\nname = \"b\"\nsource = \"a\"\n[[replica]]\nname = \"c\"\nsource = \"b\"\n[[replica]]\nname = \"d\"\nsource = \"c\"\n",
    ]));
}

#[test]
fn clusters() {
    let text = HEAD.replace("[engine]", "topology = \"multi-az-cluster\"\n[engine]");
    let text = format!(
        "{text}ca_certificate = \"rds-ca-rsa4096-g1\"\n[storage]\ntype = \"gp2\"\nmax_size = 300\n[backup]\nreplicate_to = {{ region = \"us-west-2\" }}\n[[replica]]\nname = \"a\"\n"
    );
    insta::assert_snapshot!([said(&text, Severity::Warning)].join("\n"));
}

#[test]
fn backups_and_windows() {
    insta::assert_snapshot!(after_head(&[
        "[backup]\nretention = \"3 days\"\nwindow = \"04:30-05:30\"\ncopy_tags = false\n[maintenance]\nauto_minor = false\n",
        "[backup]\nretention = 40\nwindow = \"03:00-03:10\"\nreplicate_to = { region = \"us-east-1\", kms_key = \"alias/x\" }\n",
    ]));
}

#[test]
fn networks_and_credentials() {
    insta::assert_snapshot!(after_head(&[
        "[network]\nallow = [\"0.0.0.0/0\", \"10.0.0.1\", \"10.0.1.7/16\", \"app\", \"x\"]\npublic = true\n",
        "[network]\nsubnets = [\"subnet-1\"]\n[network.regions.us-west-2]\nvpc = \"default\"\n",
        "[credentials]\nusername = \"postgres\"\nmaster_password = \"hunter2\"\n",
        "[credentials]\nusername = \"a-much-too-long-name\"\nmanage = \"rds\"\nrotation = { days = 0, function = \"f\" }\n",
    ]));
}

#[test]
fn monitoring_and_alerting() {
    let text = format!(
        "{HEAD}[alerting]\nemails = [\"nobody\"]\nevents = [\"fail over\"]\ntopic = \"arn:aws:sns:us-west-2:123456789012:x.fifo\"\nsubscriptions = [{{ protocol = \"https\", endpoint = \"http://x\" }}]\n"
    );
    insta::assert_snapshot!(after_head(&[
        "[monitoring]\ninterval = 7\nlog_exports = [\"postgres\"]\ninsights = { mode = \"advanced\", retention = 7 }\n",
        "[monitoring]\ninterval = \"off\"\ninsights = { mode = \"off\", retention = 8 }\n",
        "[alerting.alarms.cpuu]\noff = true\n[alerting.alarms.cpu]\noff = true\nperiod = 45\n[alerting.alarms.connections]\nthreshold = 9999\n",
        "[[alarm]]\nname = \"lag\"\nmetric = \"ReplicaLag\"\nthreshold = 30\non = \"raed\"\nstatistic = \"Mean\"\n",
    ]));
    insta::assert_snapshot!(
        [said(&text, Severity::Warning), said(HEAD, Severity::Warning)].join("\n")
    );
}

#[test]
fn proxies_and_users() {
    insta::assert_snapshot!(after_head(&[
        "[proxy]\nauth = \"iam-end-to-end\"\nmax_connections = 95\nmax_idle = 96\nidle_timeout = \"9 h\"\nrequire_tls = false\ndebug_logging = true\n",
        "[proxy]\nsession_pinning_filters = [\"x\"]\nsecrets = [\"s\"]\ninit_query = \"SET password = 1\"\nendpoint = [{ name = \"r\", role = \"read-only\" }]\n[iam]\nusers = [\"*\"]\n",
    ]));
}

#[test]
fn guards() {
    insta::assert_snapshot!(after_head(&[
        "[storage]\ntype = \"gp2\"\n[guard]\nprotected = [\"orders\", \"db-instance/t-primry\"]\nallow = [{ lint = \"PGHA006\", reason = \"\", until = \"soon\" }, { lint = \"PGHA001\", reason = \"x\", until = \"2027-01-01\" }, { lint = \"PGHA999\", reason = \"x\", until = \"2027-02-29\" }]\n",
        "[storage]\ntype = \"gp2\"\nencrypted = false\n[guard]\nprotected = [\"db-instance/t-primry\"]\nallow = [{ lint = \"PGHA006\", reason = \"x\", until = \"2027-01-01\" }, { lint = \"PGHA056\", reason = \"x\", until = \"2027-01-01\" }, { lint = \"PGHA013\", reason = \"x\", until = \"2027-01-01\" }]\n",
    ]));
}

#[test]
fn names_that_only_the_graph_shows() {
    let long = "a".repeat(70);
    insta::assert_snapshot!(after_head(&[
        "[[alarm]]\nname = \"primary-cpu\"\nmetric = \"X\"\nthreshold = 1\n",
        &format!("[[replica]]\nname = \"{long}\"\n"),
    ]));
}

#[test]
fn a_password_reaches_neither_the_message_nor_the_text() {
    let text = format!("{HEAD}[credentials]\npassword = \"hunter2\"\n");
    let errors = load("t.toml", &text).unwrap_err();
    assert!(!format!("{errors:?} {errors}").contains("hunter2"));
    assert_eq!(errors.text.len(), text.len());
}
