//! Parameters of the primary and of replicas.

use super::check;
use super::check_advice;
use super::check_limits;
use super::check_text;
use super::found;
use super::text_of;
use pgha_spec::Severity;

#[test]
fn what_rds_sets_itself_cannot_be_set() {
    for name in ["wal_level", "port", "fsync", "archive_mode"] {
        let line = format!("{name} = \"x\"");
        check(&format!("[parameters]\n{line}\n"), &[("PGHA021", &line)]);
    }
}

#[test]
fn only_values_are_written_not_when_they_take_effect() {
    let method = "apply_method = \"immediate\"";
    check(&format!("[parameters]\n{method}\n"), &[("PGHA022", method)]);
    let table = "work_mem = { value = 1 }";
    check(&format!("[parameters]\n{table}\n"), &[("PGHA022", table)]);
    for (line, wanted) in [(method, "delete this line"), (table, "write `work_mem = value`")] {
        let found = found(&text_of("", &format!("[parameters]\n{line}\n")));
        assert!(found.iter().any(|found| found.help.as_deref() == Some(wanted)), "{found:#?}");
    }
}

/// A letter or two may be wrong, in names long enough to tell.
#[test]
fn names_that_rds_may_not_have_are_warned_about() {
    for (name, wanted) in [
        ("work_men", Some("work_mem")),
        ("statment_timeout", Some("statement_timeout")),
        ("max_conections", Some("max_connections")),
        ("\"rds.force_sll\"", Some("\"rds.force_ssl\"")),
        ("\"auto_explain.log_analyse\"", Some("\"auto_explain.log_analyze\"")),
        ("no_such_parameter", Some("")),
        ("\"rds.no_such_parameter\"", Some("")),
        ("\"my_extension.setting\"", Some("")),
        // RDS's extensions have more parameters than the table.
        ("\"pglogical.conflict_resolution\"", None),
        ("work_mem", None),
        ("Work_Mem", None),
        ("\"RDS.log_retention_period\"", None),
    ] {
        let found = found(&text_of("", &format!("[parameters]\n{name} = 2000\n")));
        let unknown = found.iter().find(|found| found.code == "PGHA126");
        let fix =
            unknown.map(|found| found.fix.as_ref().map_or("", |fix| fix.replacement.as_str()));
        assert_eq!(fix, wanted, "{name}");
        let errors = found.iter().filter(|found| found.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{name}");
    }
}

/// PostgreSQL reads letters, digits, `_` and `$`, and one dot.
#[test]
fn what_is_no_name_is_refused() {
    for (name, fix) in [
        ("\"\"", None),
        ("\" \"", None),
        ("\"work mem\"", Some("work_mem")),
        ("\" work_mem\"", Some("work_mem")),
        ("work-mem", Some("work_mem")),
        ("\"rds force_ssl\"", Some("\"rds.force_ssl\"")),
        ("\"a.b.c\"", None),
        ("\".work_mem\"", Some("work_mem")),
        ("\"rds.\"", None),
        ("\"1work_mem\"", Some("work_mem")),
        ("\"größe\"", None),
    ] {
        let line = format!("{name} = 2000");
        let text = text_of("", &format!("[parameters]\n{line}\n"));
        check_text(&text, &[("PGHA141", &line)]);
        let found = found(&text);
        let found = found.iter().find(|found| found.code == "PGHA141").unwrap();
        let fixed = found.fix.as_ref().map(|fix| fix.replacement.as_str());
        assert_eq!(fixed, fix, "{name}");
        assert_eq!(found.severity, Severity::Error);
    }
    check("[parameters]\n\"pgaudit._a$1\" = 1\n", &[]);
}

#[test]
fn libraries_that_rds_may_not_preload_are_warned_about() {
    let text = "[parameters]\nshared_preload_libraries = {}\n";
    let right = ["\"pg_stat_statements\"", "[\"pg_stat_statements\", \"pg_cron\"]"];
    let wrong = ["\"pg_stat_statements,timescaledb\"", "[\"pg_stat_statements\", \"pgcron\"]"];
    check_limits("", text, "PGHA143", &right, &wrong);
    let mistyped = text.replace("{}", "\"pg_stat_statement\"");
    let found = found(&text_of("", &mistyped));
    let found = found.iter().find(|found| found.code == "PGHA143").unwrap();
    assert_eq!(
        found.fix.as_ref().map(|fix| fix.replacement.as_str()),
        Some("\"pg_stat_statements\"")
    );
}

/// RDS keeps names in lower case.
#[test]
fn the_same_parameter_is_there_once() {
    let second = "TimeZone = \"UTC\"";
    let other = "timezone = \"UTC\"";
    check(&format!("[parameters]\n{second}\n"), &[]);
    check(&format!("[parameters]\n{second}\n{other}\n"), &[("PGHA106", other)]);
    let fixed = "Port = 5433";
    check(&format!("[parameters]\n{fixed}\n"), &[("PGHA021", fixed)]);
}

/// In TOML a bare key with a dot is a table.
#[test]
fn a_name_with_a_dot_is_quoted() {
    #[track_caller]
    fn check_dotted(written: &str, helps: &[(&str, Option<&str>)]) {
        let text = text_of("", written);
        let found = found(&text);
        let found: Vec<_> = found.iter().filter(|f| f.severity == Severity::Error).collect();
        assert_eq!(found.len(), helps.len(), "{found:#?}");
        for (found, (help, fixed)) in found.iter().zip(helps) {
            assert_eq!((found.code, found.help.as_deref()), ("PGHA134", Some(*help)));
            let fix = found.fix.as_ref().map(|fix| &text[fix.span.clone()]);
            assert_eq!(fix, *fixed);
        }
    }
    let ssl = "write `\"rds.force_ssl\" = 0` below [parameters]";
    check_dotted("[parameters]\nrds.force_ssl = 0\n", &[(ssl, Some("rds.force_ssl"))]);
    check_dotted(
        "[parameters]\nwork_mem = 100\nrds.force_ssl = 0\nrds.logical_replication = true\n",
        &[
            (ssl, Some("rds.force_ssl")),
            (
                "write `\"rds.logical_replication\" = true` below [parameters]",
                Some("rds.logical_replication"),
            ),
        ],
    );
    check_dotted(
        "[[replica]]\nname = \"r\"\nparameters = { auto_explain.log_min_duration = \"1s\" }\n",
        &[(
            "write `\"auto_explain.log_min_duration\" = \"1s\"` below [parameters]",
            Some("auto_explain.log_min_duration"),
        )],
    );
    // Below a header there is nothing in whose place the name could be typed.
    check_dotted("[parameters.rds]\nforce_ssl = 0\n", &[(ssl, None)]);
}

#[test]
fn values_are_those_that_rds_takes() {
    let text = "[parameters]\n{}\n";
    let right = [
        "TimeZone = \"Europe/Berlin\"",
        "DateStyle = \"ISO, MDY\"",
        "work_mem = \"1.5GB\"",
        "vacuum_buffer_usage_limit = \"2MB\"",
        "idle_session_timeout = \"1 day\"",
        "idle_session_timeout = \"1d\"",
        "log_lock_waits = \"YES\"",
        "log_lock_waits = 1",
        "log_lock_waits = \"t\"",
        "log_lock_waits = \"Of\"",
        "log_lock_waits = \"{TrueIfReplica}\"",
        "vacuum_buffer_usage_limit = 0",
        "vacuum_buffer_usage_limit = \"128kB\"",
        "application_name = \"a,,b\"",
        "seq_page_cost = \"{DBInstanceVCPU}\"",
        "log_statement = \"DDL\"",
        "default_transaction_isolation = \"READ COMMITTED\"",
        "synchronous_commit = false",
        "synchronous_commit = \"REMOTE_WRITE\"",
        "random_page_cost = 1.10",
        "random_page_cost = 1e0",
        "autovacuum_vacuum_cost_delay = \"2ms\"",
        "work_mem = 65536.0",
        "log_line_prefix = \"%t:%r:%u@%d:[%p]:\"",
        "log_line_prefix = \"%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a\"",
        "log_destination = [\"stderr\", \"csvlog\"]",
        "shared_buffers = \"{DBInstanceClassMemory/32768}\"",
        "work_mem = \"GREATEST({DBInstanceClassMemory/1048576}, 4096)\"",
        "wal_compression = \"{DBInstanceVCPU} > 2\"",
        "max_connections = \"LEAST({DBInstanceClassMemory/9531392},5000)\"",
        "\"rds.log_retention_period\" = \"7d\"",
        "\"pgaudit.log\" = \"ddl, role\"",
    ];
    let wrong = [
        "shared_preload_libraries = []",
        "shared_preload_libraries = \"\"",
        "shared_preload_libraries = [\"\"]",
        "TimeZone = \" \"",
        "log_line_prefix = \"%m [%p] \"",
        "log_statement = \"everything\"",
        "log_lock_waits = 2",
        "log_lock_waits = \"maybe\"",
        "log_lock_waits = \"o\"",
        "log_lock_waits = \"{DBInstanceVCPU}\"",
        "log_statement = \"{DBInstanceVCPU} > 2\"",
        "huge_pages = \"t\"",
        "shared_preload_libraries = [\"pg_stat_statements\", \"\"]",
        "shared_preload_libraries = \"pg_stat_statements,,pg_cron\"",
        "log_destination = \"stderr,\"",
        "application_name = [\"a\", \" \"]",
        "vacuum_buffer_usage_limit = \"100kB\"",
        "vacuum_buffer_usage_limit = \"17GB\"",
        "\"rds.force_ssl\" = 2",
        "work_mem = 0.5",
        "work_mem = \"64.5\"",
        "work_mem = \"16mb\"",
        "work_mem = 63",
        "work_mem = -1",
        "work_mem = \"lots\"",
        "work_mem = true",
        "random_page_cost = \"cheap\"",
        "random_page_cost = -1",
        "max_connections = \"{DBInstanceClassMemory/4096}\"",
        "max_connections = \"{DBInstanceMemory/9531392}\"",
        "max_connections = \"{dbinstanceclassmemory/9531392}\"",
        "max_connections = \"MAX({DBInstanceVCPU},100)\"",
        "max_connections = \"{DBInstanceClassMemory/9531392\"",
        "max_connections = \"DBInstanceClassMemory/9531392\"",
        "shared_buffers = \"{DBInstanceClassMemory/0}\"",
        "shared_buffers = \"{DBInstanceClassMemory*DBInstanceClassMemory}\"",
        "max_connections = \"{log(DBInstanceVCPU*-1)}\"",
        "autovacuum_vacuum_scale_factor = \"{DBInstanceClassMemory}\"",
        "checkpoint_timeout = \"2 days\"",
        "\"rds.log_retention_period\" = \"1h\"",
        "log_rotation_age = \"2d\"",
        "log_filename = \"pg.log\"",
        "\"auto_explain.log_format\" = \"html\"",
    ];
    check_limits("", text, "PGHA021", &right, &wrong);
}

/// What was meant is known where only the case or a letter is wrong.
#[test]
fn a_wrong_value_comes_with_the_right_one() {
    #[track_caller]
    fn check_fix(line: &str, help: &str, fix: Option<&str>) {
        let found = found(&text_of("", &format!("[parameters]\n{line}\n")));
        let found = found.iter().find(|found| found.code == "PGHA021").unwrap();
        assert_eq!(found.help.as_deref(), Some(help));
        assert_eq!(found.fix.as_ref().map(|fix| fix.replacement.as_str()), fix);
    }
    check_fix("work_mem = \"16 mb\"", "write \"16MB\"", Some("\"16MB\""));
    check_fix("work_mem = \"16M\"", "write \"16MB\"", Some("\"16MB\""));
    check_fix("statement_timeout = \"1m\"", "write \"1min\"", Some("\"1min\""));
    check_fix("vacuum_buffer_usage_limit = 1", "write 0, or 128 kB or more", None);
    let cost = "write a value of 0 or more, or delete this line for RDS's default";
    check_fix("seq_page_cost = -1", cost, None);
    let comma = "delete the comma too many, or write what was to stand there";
    check_fix("shared_preload_libraries = \"pg_cron,\"", comma, None);
    check_fix("log_statement = \"al\"", "did you mean \"all\"?", Some("\"all\""));
    check_fix("work_mem = \"lots\"", "write a value such as \"16MB\"", None);
    check_fix("statement_timeout = \"1MB\"", "write a value such as \"30s\"", None);
    check_fix("checkpoint_timeout = \"1MB\"", "write a value such as \"15min\"", None);
    check_fix("max_connections = \"10s\"", "write a value such as 200", None);
    check_fix("log_lock_waits = 2", "write true or false", None);
    check_fix("track_functions = \"x\"", "write one of: `none`, `pl`, `all`", None);
    check_fix("shared_preload_libraries = []", "delete this line for RDS's default", None);
    let range = "write a value from 6 to 262143, or delete this line for RDS's default";
    check_fix("max_connections = \"{DBInstanceClassMemory/4096}\"", range, None);
    let formula = "max_connections = \"{dbinstanceclassmemory/9531392}\"";
    check_fix(formula, "write `DBInstanceClassMemory`", None);
    check_fix("log_destination = \"stderr,csvlgo\"", "did you mean \"csvlog\"?", None);
}

/// The caches of transaction data came with 17.
#[test]
fn caches_are_whole_banks() {
    let text = |value: u32| {
        text_of("", &format!("[parameters]\ntransaction_buffers = {value}\n"))
            .replace("version = \"16\"", "version = \"17\"")
    };
    check_text(&text(32), &[]);
    check_text(&text(20), &[("PGHA021", "transaction_buffers = 20")]);
    let found = found(&text(20));
    let help = found.iter().find(|found| found.code == "PGHA021").unwrap().help.as_deref();
    assert_eq!(help, Some("write a multiple of 16 pages of 8 kB"));
}

#[test]
fn a_parameter_is_one_of_the_major_version() {
    #[track_caller]
    fn check_version(version: &str, line: &str, has: bool) {
        let text = text_of("", &format!("[parameters]\n{line}\n"))
            .replace("version = \"16\"", &format!("version = \"{version}\""));
        let said = found(&text);
        let said = said.iter().find(|found| found.code == "PGHA149");
        assert_eq!(said.is_none(), has, "{version} {line}: {said:#?}");
    }
    for (line, first) in [
        ("idle_session_timeout = 1000", 14),
        ("recovery_prefetch = \"try\"", 15),
        ("Reserved_Connections = 2", 16),
        ("transaction_timeout = \"5min\"", 17),
        ("io_method = \"worker\"", 18),
    ] {
        check_version(&first.to_string(), line, true);
        check_version(&format!(">={}.1", first - 1), line, false);
    }
    for (line, last) in [("vacuum_defer_cleanup_age = 0", 15), ("old_snapshot_threshold = -1", 16)]
    {
        check_version(&last.to_string(), line, true);
        check_version(&(last + 1).to_string(), line, false);
    }
    check_version("newest", "transaction_timeout = \"5min\"", true);
    // Of a parameter that is not there the value is no question.
    check("[parameters]\nio_workers = 100\n", &[("PGHA149", "io_workers = 100")]);
}

/// PostgreSQL reads `0400` as 256, which nobody means.
#[test]
fn a_number_does_not_begin_with_0() {
    let text = "[parameters]\nmax_connections = {}\n";
    check_limits("", text, "PGHA135", &["400", "\"400\"", "\"4e2\""], &["\"0400\"", "\"+0400\""]);
    check("[parameters]\nrandom_page_cost = \"01.1\"\napplication_name = \"007\"\n", &[]);
}

#[test]
fn connections_are_as_many_as_postgresql_takes() {
    // The class is one that nobody knows the memory of.
    let of = |value: &str| {
        text_of("", &format!("[parameters]\nmax_connections = {value}\n"))
            .replace("db.r6gd.large", "db.m7i.micro")
    };
    // Workers and WAL senders are processes, too.
    for value in ["6", "262124"] {
        check_text(&of(value), &[]);
    }
    for value in ["262125", "262143"] {
        check_text(&of(value), &[("PGHA146", &format!("max_connections = {value}"))]);
    }
    for value in ["5", "262144"] {
        let line = format!("max_connections = {value}");
        check_text(&of(value), &[("PGHA021", &line)]);
    }
    check("[parameters]\nmax_worker_processes = 5\n", &[]);
}

/// `db.r6gd.large` has memory for 1802.
#[test]
fn connections_fit_the_memory_of_the_class() {
    let text = "[parameters]\nmax_connections = {}\n";
    check_limits("", text, "PGHA026", &["1801", "1802"], &["1803"]);
    let formulas = "[parameters]\nMax_Connections = \"{}\"\n";
    let right = ["{DBInstanceClassMemory/9531392}", "LEAST({DBInstanceClassMemory/1000000},1802)"];
    check_limits("", formulas, "PGHA026", &right, &["{DBInstanceClassMemory/9500000}"]);
    let other = "[parameters]\nmax_locks_per_transaction = {}\n";
    check_limits("", other, "PGHA026", &["1803"], &[]);
    let replica =
        "[[replica]]\nname = \"r\"\nclass = \"db.r6gd.xlarge\"\nparameters.max_connections = {}\n";
    check_limits("", replica, "PGHA026", &["1803", "3604"], &["3605"]);
}

/// `db.r6gd.large` has 16 GiB, of which 90 % are 1887436 pages of 8 kB.
#[test]
fn shared_memory_fits_the_class() {
    let text = "[parameters]\nshared_buffers = {}\n";
    let right = [
        "1800000",
        "\"13GB\"",
        "\"{DBInstanceClassMemory/32768}\"",
        "\"{DBInstanceClassMemory*7/65536}\"",
        "\"LEAST({DBInstanceClassMemory/8192},1000000)\"",
    ];
    let wrong = [
        "1887437",
        "\"15GB\"",
        "\"1TB\"",
        "\"{DBInstanceClassMemory/8192}\"",
        "\"{DBInstanceClassMemory*2/16384}\"",
        "\"GREATEST({DBInstanceClassMemory/32768},2000000)\"",
    ];
    check_limits("", text, "PGHA144", &right, &wrong);
    // Of a class that nobody knows nothing is said.
    check_text(
        &text_of("", &text.replace("{}", "1887437")).replace("r6gd.large", "m7i.micro"),
        &[],
    );
    // Each of these is right alone; the largest is blamed.
    let both = "[parameters]\nmin_dynamic_shared_memory = \"{}\"\nshared_buffers = \"6GB\"\n";
    check_limits("", both, "PGHA144", &["8GB"], &["9GB"]);
    let wal = "[parameters]\nshared_buffers = \"{}\"\nwal_buffers = \"1GB\"\n";
    check_limits("", wal, "PGHA144", &["13GB"], &["13900MB"]);
    check("[parameters]\nshared_buffers = \"13900MB\"\nwal_buffers = -1\n", &[]);
    // 270 bytes for each lock of 1000 connections, of which there may be so many.
    let locks = "[parameters]\nmax_connections = 1000\nmax_locks_per_transaction = {}\n";
    check_limits("", locks, "PGHA144", &["64", "50000"], &["60000", "2147483647"]);
    let queries = "[parameters]\nmax_connections = 1500\nshared_buffers = \"{}\"\ntrack_activity_query_size = \"1MB\"\n";
    check_limits("", queries, "PGHA144", &["12GB"], &["13GB"]);
}

#[test]
fn a_limit_is_less_than_the_memory() {
    for name in [
        "work_mem",
        "maintenance_work_mem",
        "autovacuum_work_mem",
        "logical_decoding_work_mem",
        "temp_buffers",
    ] {
        let text = format!("[parameters]\n{name} = {{}}\n");
        let wrong = ["\"17GB\"", "\"1TB\"", "\"{DBInstanceClassMemory/512}\""];
        check_limits("", &text, "PGHA145", &["\"16GB\"", "4096"], &wrong);
    }
    // These bound nothing that is taken.
    check("[parameters]\neffective_cache_size = \"1TB\"\nmax_wal_size = \"1TB\"\n", &[]);
    check("[parameters]\nautovacuum_work_mem = -1\n", &[]);
}

/// A replica of a smaller class has the same numbers, and formulas that come to less.
#[test]
fn the_memory_of_a_replica_is_that_of_its_class() {
    let of = |primary: &str, own: &str| {
        format!("[parameters]\n{primary}\n[[replica]]\nname = \"r\"\n{own}\n")
    };
    let class = "class = \"db.r6gd.medium\"";
    let smaller = ("PGHA029", class);
    check(&of("shared_buffers = \"7GB\"", class), &[smaller]);
    check(&of("shared_buffers = \"8GB\"", class), &[("PGHA144", class), smaller]);
    check(&of("shared_buffers = \"{DBInstanceClassMemory/10000}\"", class), &[smaller]);
    check(&of("work_mem = \"9GB\"", class), &[("PGHA145", class), smaller]);
    check(&of("shared_buffers = \"8GB\"", "class = \"db.r6gd.large\""), &[]);
    let own = "parameters = { shared_buffers = \"15GB\" }";
    check(&of("shared_buffers = \"8GB\"", own), &[("PGHA144", own)]);
    // What a replica has from the primary is said of the primary.
    let primary = "shared_buffers = \"15GB\"";
    check(&of(primary, ""), &[("PGHA144", primary)]);
    check(&of(primary, "parameters = { shared_buffers = \"8GB\" }"), &[("PGHA144", primary)]);
    check(&of(primary, "parameters = { work_mem = \"8MB\" }"), &[("PGHA144", primary)]);
}

/// PostgreSQL starts with one connection at least that is not reserved.
#[test]
fn connections_are_left_for_everybody() {
    let text = "[parameters]\nmax_connections = 100\nsuperuser_reserved_connections = {}\n";
    check_limits("", text, "PGHA146", &["0", "3", "99"], &["100", "101", "262143"]);
    let two = "[parameters]\nmax_connections = 100\nsuperuser_reserved_connections = 40\nreserved_connections = {}\n";
    check("[parameters]\nmax_connections = 100\nreserved_connections = 96\n", &[]);
    // Three are reserved where nothing is written.
    let one = "reserved_connections = 97";
    check(&format!("[parameters]\nmax_connections = 100\n{one}\n"), &[("PGHA146", one)]);
    check(&two.replace("{}", "59"), &[]);
    let first = "superuser_reserved_connections = 40";
    check(&two.replace("{}", "60"), &[("PGHA146", first)]);
    // RDS's default for 16 GiB is some 1800, or somewhat less.
    let default = "[parameters]\nsuperuser_reserved_connections = {}\n";
    check_limits("", default, "PGHA146", &["1801"], &["1802", "2000"]);
    // 858 at most.
    let formula = "[parameters]\nmax_connections = \"{DBInstanceClassMemory/20000000}\"\nreserved_connections = {}\n";
    check_limits("", formula, "PGHA146", &["854"], &["855"]);
}

/// RDS's own reservation is not PostgreSQL's.
#[test]
fn what_rds_reserves_leaves_room_too() {
    let of = |own: &str, rds: &str| {
        text_of(
            "",
            &format!(
                "[parameters]\nmax_connections = 100\nsuperuser_reserved_connections = {own}\n\"rds.rds_superuser_reserved_connections\" = {rds}\n"
            ),
        )
    };
    #[track_caller]
    fn check_severity(text: &str, wanted: Option<Severity>) {
        let found = found(text);
        let said = found.iter().find(|found| found.code == "PGHA146");
        assert_eq!(said.map(|found| found.severity), wanted, "{found:#?}");
    }
    check_severity(&of("3", "96"), None);
    check_severity(&of("3", "97"), Some(Severity::Warning));
    check_severity(&of("100", "0"), Some(Severity::Error));
}

#[test]
fn processes_are_as_many_as_postgresql_numbers() {
    let of = |version: &str, workers: &str| {
        let text = format!(
            "[parameters]\nmax_connections = 1000\nmax_worker_processes = 100000\nmax_wal_senders = 100000\n{workers}\n"
        );
        text_of("", &text).replace("version = \"16\"", &format!("version = \"{version}\""))
    };
    let blamed = ("PGHA146", "max_connections = 1000");
    check_text(&of("16", "autovacuum_max_workers = 61142"), &[]);
    check_text(&of("16", "autovacuum_max_workers = 61143"), &[blamed]);
    // From 18 on there are slots for them.
    check_text(&of("18", "autovacuum_max_workers = 61143"), &[]);
    check_text(&of("18", "autovacuum_worker_slots = 61143"), &[blamed]);
}

/// RDS's segments have 64 MB, and PostgreSQL wants two.
#[test]
fn the_log_has_two_segments() {
    for name in ["min_wal_size", "max_wal_size"] {
        let text = format!("[parameters]\n{name} = {{}}\n");
        check_limits("", &text, "PGHA146", &["128", "\"1GB\""], &["127", "2", "\"80MB\""]);
    }
}

#[test]
fn there_is_a_protocol_from_the_least_to_the_most() {
    let both =
        "[parameters]\nssl_max_protocol_version = \"TLSv1.2\"\nssl_min_protocol_version = \"{}\"\n";
    check_limits("", both, "PGHA146", &["TLSv1", "TLSv1.2"], &["TLSv1.3"]);
    // The least is TLSv1.2 where nothing is written.
    let most = "[parameters]\nssl_max_protocol_version = \"{}\"\n";
    check_limits("", most, "PGHA146", &["TLSv1.2", "TLSv1.3"], &["TLSv1.1", "TLSv1"]);
    check("[parameters]\nssl_min_protocol_version = \"TLSv1.3\"\n", &[]);
}

/// Each replica takes a WAL sender and a slot of what it replicates from.
#[test]
fn replicas_find_senders_and_slots() {
    let replica = |name: &str, more: &str| format!("[[replica]]\nname = \"{name}\"\n{more}\n");
    let two = format!("{}{}", replica("a", ""), replica("b", ""));
    for name in ["max_wal_senders", "max_replication_slots"] {
        let text = format!("[parameters]\n{name} = {{}}\n");
        check_limits("", &format!("{text}{two}"), "PGHA148", &["2", "10"], &["0", "1"]);
        check_limits("", &text, "PGHA148", &["0"], &[]);
        // One source has one replica, the other two: the line is blamed once.
        let chain = format!(
            "{}{}{}",
            replica("a", ""),
            replica("b", "source = \"a\""),
            replica("c", "source = \"a\"")
        );
        check_limits("", &format!("{text}{chain}"), "PGHA148", &["2"], &["0", "1"]);
    }
    let own = "parameters = { max_replication_slots = 0 }";
    let chain = format!("{}{}", replica("a", own), replica("b", "source = \"a\""));
    check(&chain, &[("PGHA148", own)]);
    check(&replica("a", own), &[]);
}

/// `db.r6gd.medium` has memory for 901, and a replica takes what the primary takes.
#[test]
fn connections_that_a_replica_inherits_fit_its_own_class() {
    let of = |most: u32, class: &str, own: &str| {
        format!(
            "[parameters]\nmax_connections = {most}\n[[replica]]\nname = \"r\"\nclass = \"{class}\"\n{own}"
        )
    };
    let class = "class = \"db.r6gd.medium\"";
    let smaller = ("PGHA029", class);
    check(&of(901, "db.r6gd.medium", ""), &[smaller]);
    check(&of(902, "db.r6gd.medium", ""), &[("PGHA026", class), smaller]);
    let own = "parameters = { max_connections = 1000 }\n";
    check(&of(902, "db.r6gd.medium", own), &[smaller, ("PGHA026", own.trim())]);
    let other = "parameters = { work_mem = 100 }\n";
    check(&of(902, "db.r6gd.medium", other), &[("PGHA026", class), smaller]);
    check(&of(1802, "db.r6gd.large", ""), &[]);
    // Of the primary's class, one finding says it.
    let primary = "[parameters]\nmax_connections = 1803\n[[replica]]\nname = \"r\"\n";
    let once = ("PGHA026", "max_connections = 1803");
    check(primary, &[once]);
    check(&of(1803, "db.r6gd.large", ""), &[once]);
}

/// Replay pauses on a standby with less than its primary.
#[test]
fn a_replica_has_what_its_primary_has() {
    let text = "[parameters]\nmax_connections = 200\nwork_mem = 100\n[[replica]]\nname = \"r\"\n[replica.parameters]\n{}\n";
    let right = ["max_connections = 200", "max_connections = 201", "work_mem = 64"];
    check_limits(
        "",
        text,
        "PGHA028",
        &right,
        &["max_connections = 199", "Max_Connections = \"1e2\""],
    );
    let workers = text.replace("max_connections", "max_worker_processes");
    let right = ["max_worker_processes = 200", "max_worker_processes = \"{DBInstanceVCPU*100}\""];
    let wrong = ["max_worker_processes = \"{DBInstanceVCPU*99}\""];
    check_limits("", &workers, "PGHA028", &right, &wrong);
}

/// `db.r6gd.large` has 16 GiB and `db.r6gd.xlarge` 32: formulas come to 1802 and 3604, or to
/// some less, because RDS keeps memory for itself.
#[test]
fn a_formula_of_a_replica_is_evaluated_for_its_class() {
    #[track_caller]
    fn check_replica(primary: &str, own: &str, wanted: Option<Severity>) {
        let text = text_of("", &format!("{primary}\n[[replica]]\nname = \"r\"\n{own}\n"));
        let found = found(&text);
        let said = found.iter().find(|found| found.code == "PGHA028");
        assert_eq!(said.map(|found| found.severity), wanted, "{primary} {own}: {found:#?}");
    }
    let formula = "max_connections=\"{DBInstanceClassMemory/9531392}\"";
    let (primary, own) =
        (format!("[parameters]\n{formula}"), format!("parameters = {{ {formula} }}"));
    let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
    check_replica("[parameters]\nmax_connections = 3000", &own, error);
    check_replica("[parameters]\nmax_connections = 1802", &own, None);
    check_replica(&primary, &own, None);
    check_replica(&primary, "class = \"db.r6gd.large\"", None);
    check_replica(&primary, "class = \"db.r6gd.medium\"", error);
    check_replica(&primary, "class = \"db.r6gd.xlarge\"", None);
    check_replica(&primary, "parameters = { max_connections = 1700 }", warning);
    check_replica(&primary, "parameters = { max_connections = 1500 }", error);
    // Without a word the primary has RDS's default, which is a formula, too.
    check_replica("", "parameters = { max_connections = 1500 }", warning);
    check_replica("", "parameters = { max_connections = 1700 }", warning);
    check_replica("", "parameters = { max_connections = 1802 }", None);
    // PostgreSQL's defaults are the least that RDS has.
    check_replica("", "parameters = { max_worker_processes = 4 }", warning);
    check_replica("", "parameters = { max_worker_processes = 8 }", None);
    check_replica("", "parameters = { max_locks_per_transaction = 63 }", warning);
    check_replica("", "parameters = { max_locks_per_transaction = 64 }", None);
    check_replica("", "parameters = { max_wal_senders = 9 }", warning);
    check_replica("", "parameters = { max_prepared_transactions = 0 }", None);
}

#[test]
fn risky_values_are_warned_about() {
    let text = "[parameters]\n{}\n";
    let statements = ["log_statement = \"ddl\"", "log_connections = \"all\""];
    let all = ["log_statement = \"all\"", "log_statement = \"ALL\"", "Log_Statement = \"All\""];
    check_limits("", text, "PGHA024", &statements, &all);
    let tls = [
        "\"rds.force_ssl\" = 1",
        "\"rds.force_ssl\" = true",
        "\"rds.force_admin_logging_level\" = \"disabled\"",
    ];
    check_limits(
        "",
        text,
        "PGHA025",
        &tls,
        &["\"rds.force_ssl\" = 0", "\"rds.force_ssl\" = false"],
    );
    for (list, given) in [
        ("\"pg_stat_statements\"", false),
        ("[\"auto_explain\", \"pg_stat_statements\"]", false),
        ("\"auto_explain\"", true),
    ] {
        let libraries = format!("[parameters]\nshared_preload_libraries = {list}\n");
        check_advice(&text_of("", &libraries), "PGHA031", given);
    }
}

/// From 15 on RDS asks for TLS by itself.
#[test]
fn old_versions_are_told_to_ask_for_tls() {
    let of = |version: &str, rest: &str| {
        text_of("", rest).replace("version = \"16\"", &format!("version = \"{version}\""))
    };
    check_text(&of("15", ""), &[]);
    let ends = ("PGHA018", "version = \"14\"");
    check_text(&of("14", ""), &[ends, ("PGHA025", "version = \"14\"")]);
    check_text(&of("14", "[parameters]\n\"rds.force_ssl\" = 1\n"), &[ends]);
    let other = "[parameters]\nwork_mem = 100\n";
    check_text(&of("14", other), &[ends, ("PGHA025", "version = \"14\"")]);
    // Of a version that cannot be read nothing more is said.
    check_text(&of("x", ""), &[("PGHA017", "version = \"x\"")]);
}
