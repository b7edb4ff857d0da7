//! Recommended and own alarms, and snapshots (docs/aws/alerting.md#recommended-alarms).

use super::check;
use super::check_limits;
use super::found;
use super::text_of;

/// A change of a recommended alarm.
fn change(alarm: &str, keys: &str) -> String {
    format!("[alerting]\nemails = [\"a@b.c\"]\n[alerting.alarms.{alarm}]\n{keys}\n")
}

const OWN: &str = "[[alarm]]\nname = \"a\"\nmetric = \"SwapUsage\"\nthreshold = 1\n";
const LAG: &str = "[[alarm]]\nname = \"a\"\nmetric = \"ReplicaLag\"\n";

#[test]
fn only_known_alarms_are_changed_and_the_needed_ones_stay_on() {
    check(&change("cpu", "threshold = 80"), &[]);
    check(&change("cpuu", "threshold = 80"), &[("PGHA107", "[alerting.alarms.cpuu]")]);
    check_limits("", &change("cpu", "off = {}"), "PGHA076", &["false"], &["true"]);
    check_limits("", &change("read-latency", "off = {}"), "PGHA076", &["false", "true"], &[]);
}

/// Up to 300 s of lag are none, unless it lasts for ten datapoints.
#[test]
fn an_idle_primary_is_no_lagging_replica() {
    let few = change("replica-lag", "threshold = {}\nevaluation_periods = 9");
    check_limits("", &few, "PGHA077", &["300", "301"], &["299"]);
    check(&change("replica-lag", "threshold = 299"), &[]);
    check(&change("replica-lag", "threshold = 299\nevaluation_periods = 10"), &[]);
    check(
        &change("replica-lag", "threshold = 299\nevaluation_periods = 10\ndatapoints = 9"),
        &[("PGHA077", "threshold = 299")],
    );
    check(&change("memory", "threshold = 299\nevaluation_periods = 9"), &[]);
    // An own alarm looks at five datapoints unless it says.
    let own = format!("{LAG}threshold = {{}}\n");
    check_limits("", &own, "PGHA077", &["300", "301"], &["299"]);
    check(&format!("{LAG}threshold = 299\nevaluation_periods = 10\n"), &[]);
    let nine = format!("{LAG}threshold = 299\nevaluation_periods = 9\n");
    check(&nine, &[("PGHA077", "threshold = 299")]);
    check(&OWN.replace("threshold = 1", "threshold = 299"), &[]);
}

#[test]
fn the_alarm_on_connections_goes_off_between_half_and_all_of_them() {
    let text = change("connections", "threshold = {}");
    let text = format!("[parameters]\nmax_connections = 200\n{text}");
    let right = ["100", "101", "150", "199", "200"];
    check_limits("", &text, "PGHA027", &right, &["99", "201"]);
    for (threshold, wanted) in [("99", "reached on a quiet day"), ("201", "never reached")] {
        let found = found(&text_of("", &text.replace("{}", threshold)));
        assert!(found.iter().any(|found| found.label == wanted), "{found:#?}");
    }
}

/// No value of the metric is on one side of the threshold.
#[test]
fn an_alarm_is_reached_sometimes() {
    let cpu = change("cpu", "threshold = {}");
    check_limits("", &cpu, "PGHA027", &["0", "80", "99.9"], &["100", "150", "-1"]);
    let memory = change("memory", "threshold = {}");
    check_limits("", &memory, "PGHA027", &["1", "1e12"], &["0", "-5"]);
    let proxy = format!("[proxy]\n{}", change("proxy-availability", "threshold = {}"));
    check_limits("", &proxy, "PGHA027", &["0.1", "100"], &["0", "100.1"]);
    let own = |comparison: &str, more: &str| {
        format!(
            "[[alarm]]\nname = \"a\"\nmetric = \"CPUUtilization\"\ncomparison = \"{comparison}\"\n{more}threshold = {{}}\n"
        )
    };
    check_limits("", &own("above", ""), "PGHA027", &["0", "99"], &["-1", "100"]);
    check_limits("", &own("at-least", ""), "PGHA027", &["1", "100"], &["0", "101"]);
    check_limits("", &own("below", ""), "PGHA027", &["1", "100"], &["0", "101"]);
    check_limits("", &own("at-most", ""), "PGHA027", &["0", "99"], &["-1", "100"]);
    // A sum of shares is no share, and another's metric may be anything.
    check_limits("", &own("above", "statistic = \"Sum\"\n"), "PGHA027", &["150"], &[]);
    check_limits("", &own("above", "namespace = \"Orders\"\n"), "PGHA027", &["150", "-1"], &[]);
    // Without replication the lag is -1.
    let lag = format!("{LAG}comparison = \"below\"\nevaluation_periods = 10\nthreshold = {{}}\n");
    check_limits("", &lag, "PGHA027", &["0"], &[]);
    for (threshold, label) in [("150", "never reached"), ("-1", "always reached")] {
        let found = found(&text_of("", &cpu.replace("{}", threshold)));
        assert!(found.iter().any(|found| found.label == label), "{found:#?}");
    }
}

#[test]
fn periods_are_those_of_cloudwatch() {
    let right = ["60", "120", "3600"];
    let wrong = ["0", "1", "5", "15", "45", "61", "90"];
    check_limits("", &change("cpu", "period = {}"), "PGHA078", &right, &wrong);
    check_limits("", &format!("{OWN}period = {{}}\n"), "PGHA078", &right, &wrong);
}

/// RDS sends its metrics each minute; others may be stored more often.
#[test]
fn a_metric_of_rds_has_a_datapoint_each_minute() {
    let short = ["10", "20", "30", "\"20s\""];
    check_limits("", &change("cpu", "period = {}"), "PGHA147", &["60"], &short);
    check_limits("", &format!("{OWN}period = {{}}\n"), "PGHA147", &["60"], &short);
    let of_rds = format!("{OWN}namespace = \"AWS/RDS\"\nperiod = {{}}\n");
    check_limits("", &of_rds, "PGHA147", &["60"], &short);
    let of_ones_own = of_rds.replace("AWS/RDS", "Orders");
    check_limits("", &of_ones_own, "PGHA147", &short, &[]);
}

/// A day, or a week of periods of an hour and more.
#[test]
fn an_alarm_looks_back_a_day_or_a_week() {
    let own = format!("{OWN}evaluation_periods = {{}}\n");
    check_limits("", &own, "PGHA120", &["1", "1440"], &["0", "1441"]);
    let hourly = format!("{own}period = 3600\n");
    check_limits("", &hourly, "PGHA120", &["1", "168"], &["0", "169"]);
    let almost = format!("{own}period = 3540\n");
    check_limits("", &almost, "PGHA120", &["24"], &["25"]);
    // Five periods, where nobody says how many: a day and a half is more than a week.
    let long = format!("{OWN}period = {{}}\n");
    check_limits("", &long, "PGHA120", &["3600", "120960"], &["121020", "172800"]);
}

#[test]
fn no_more_datapoints_are_bad_than_are_looked_at() {
    let own = format!("{OWN}evaluation_periods = 3\ndatapoints = {{}}\n");
    check_limits("", &own, "PGHA120", &["1", "3"], &["0", "4"]);
    let change = change("cpu", "evaluation_periods = 3\ndatapoints = {}");
    check_limits("", &change, "PGHA120", &["1", "3"], &["0", "4"]);
}

/// Without a word an own alarm looks at five, a recommended one at its own number.
#[test]
fn without_periods_the_datapoints_are_of_the_default() {
    check_limits("", &format!("{OWN}datapoints = {{}}\n"), "PGHA120", &["1", "5"], &["0", "6"]);
    for (alarm, most, more) in [("cpu", "5", "6"), ("memory", "15", "16")] {
        let text = change(alarm, "datapoints = {}");
        check_limits("", &text, "PGHA120", &["1", most], &["0", more, "86400"]);
    }
    let found = found(&text_of("", &format!("{OWN}datapoints = 6\n")));
    let help = found.iter().find(|found| found.code == "PGHA120").unwrap().help.as_deref();
    assert_eq!(help, Some("add `evaluation_periods`, or write a value from 1 to 5"));
}

#[test]
fn statistics_are_those_of_cloudwatch() {
    let text = format!("{OWN}statistic = \"{{}}\"\n");
    let right = [
        "Average",
        "Maximum",
        "Minimum",
        "Sum",
        "SampleCount",
        "p0",
        "p0.0",
        "p99.9",
        "p100",
        "p95.0123456789",
        "tm98",
        "tc90",
        "ts90",
        "wm99.5",
        "IQM",
        "TM(10%:90%)",
        "TC(10%:90%)",
        "TS(10.5%:89.5%)",
        "WM(25%:75%)",
        "PR(100:300)",
        "PR(:300)",
        "PR(0.5:)",
    ];
    let wrong = [
        "",
        "Mean",
        "p101",
        "p-1",
        "p1e1",
        "P90",
        "p",
        "99",
        "average",
        "p95.01234567890",
        "p9.",
        "p 90",
        "tm",
        "tm101",
        "tm90%",
        "TM90",
        "tm(10%:90%)",
        "IQM(10%:90%)",
        "iqm",
        "TM()",
        "TM(:)",
        "TM(10%)",
        "TM(90%:10%)",
        "TM(10%:10%)",
        "TM(10%:101%)",
        "TM(-1%:90%)",
        "TM(10:90%)",
        "TM(10%:90)",
        "TM(a:b)",
        "TM(10%:90%",
        "TM(10% : 90%)",
        "TM(10%:50%:90%)",
        "PR(10%:90%)",
        "PR(300:100)",
        "PR(300)",
        "pr50",
        "PR(:-1)",
        "p90)",
        "XX(1:2)",
    ];
    check_limits("", &text, "PGHA103", &right, &wrong);
}

/// Metrics have these; for alarms AWS documents less.
#[test]
fn a_statistic_that_alarms_may_not_take_is_a_warning() {
    let unsure =
        ["TM(2%:98%)", "TM(10%:91%)", "WM(9%:90%)", "TS(80%:)", "TC(:90%)", "TM(150:1000)"];
    check_limits("", &format!("{OWN}statistic = \"{{}}\"\n"), "PGHA158", &[], &unsure);
}

#[test]
fn a_statistic_in_other_letters_is_written_right() {
    for (written, right) in [
        ("P90", "\"p90\""),
        ("average", "\"Average\""),
        ("SAMPLECOUNT", "\"SampleCount\""),
        ("tm(10% : 90%)", "\"TM(10%:90%)\""),
        ("TM98", "\"tm98\""),
    ] {
        let found = found(&text_of("", &format!("{OWN}statistic = \"{written}\"\n")));
        let said = found.iter().find(|found| found.code == "PGHA103").unwrap();
        assert_eq!(said.fix.as_ref().map(|fix| fix.replacement.as_str()), Some(right));
    }
}

/// How much of a metric there was is no value of the metric.
#[test]
fn a_count_is_not_compared_with_what_the_metric_can_be() {
    let text = OWN.replace("threshold = 1", "threshold = 200");
    let text = text.replace("SwapUsage", "CPUUtilization");
    let text = format!("{text}statistic = \"{{}}\"\n");
    for counts in ["Sum", "SampleCount", "tc90", "ts90", "TC(10%:90%)", "TS(10%:90%)", "PR(:300)"] {
        check(&text.replace("{}", counts), &[]);
    }
    for value in ["Average", "tm90", "p99", "IQM", "WM(10%:90%)"] {
        check(&text.replace("{}", value), &[("PGHA027", "threshold = 200")]);
    }
}

/// TOML has `nan` and `inf`, CloudWatch has not.
#[test]
fn thresholds_are_numbers() {
    let own = "[[alarm]]\nname = \"a\"\nmetric = \"m\"\nthreshold = {}\n";
    let wrong = ["nan", "inf", "-inf"];
    check_limits("", own, "PGHA120", &["0", "-1.5", "1e9"], &wrong);
    let recommended = "[alerting]\nemails = [\"a@b.c\"]\n[alerting.alarms.cpu]\nthreshold = {}\n";
    check_limits("", recommended, "PGHA120", &["80"], &wrong);
}

/// Lengths are counted in characters.
#[test]
fn the_texts_of_an_alarm_are_as_long_as_cloudwatch_takes() {
    let (most, more) = ("é".repeat(255), "e".repeat(256));
    let alarm = "[[alarm]]\nname = \"a\"\nthreshold = 1\n";
    let metric = format!("{alarm}metric = \"{{}}\"\n");
    check_limits("", &metric, "PGHA120", &["m", &most], &["", &more]);
    let namespace = format!("{alarm}metric = \"m\"\nnamespace = \"{{}}\"\n");
    check_limits("", &namespace, "PGHA120", &["n", &most], &["", &more]);
    let (most, more) = ("é".repeat(1024), "e".repeat(1025));
    let description = format!("{alarm}metric = \"m\"\ndescription = \"{{}}\"\n");
    check_limits("", &description, "PGHA120", &["", &most], &[&more]);
    let dimensions = |count: usize| {
        let all: Vec<_> = (0..count).map(|n| format!("d{n} = \"x\"")).collect();
        format!("{{ {} }}", all.join(", "))
    };
    let text = format!("{alarm}metric = \"m\"\ndimensions = {{}}\n");
    check_limits("", &text, "PGHA120", &[&dimensions(30)], &[&dimensions(31)]);
}

#[test]
fn dimensions_are_those_that_cloudwatch_takes() {
    let of = |name: &str, value: &str| format!("{{ \"{name}\" = \"{value}\" }}");
    let text = format!("{OWN}dimensions = {{}}\n");
    let (name, value) = ("n".repeat(255), "v".repeat(1024));
    let right = [of("DBInstanceIdentifier", "a b"), of(&name, &value), of("a:b", ":c")];
    let wrong = [
        of("", "v"),
        of("n", ""),
        of(&format!("{name}n"), "v"),
        of("n", &format!("{value}v")),
        of(" ", "v"),
        of("n", "  "),
        of(":n", "v"),
        of("größe", "v"),
        of("n", "größe"),
    ];
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    check_limits("", &text, "PGHA120", &right, &wrong);
    check_limits("", &text, "PGHA103", &[], &[&of("n", "a\\tb")]);
    let namespace = format!("{OWN}namespace = \"{{}}\"\n");
    check_limits("", &namespace, "PGHA120", &["a:b"], &[":a"]);
}

#[test]
fn an_own_alarm_is_on_something_that_is_there() {
    let on = format!("[proxy]\n[[replica]]\nname = \"r\"\n{OWN}on = \"{{}}\"\n");
    check_limits("", &on, "PGHA107", &["primary", "proxy", "r"], &["nothing", "proxi"]);
    check_limits("", &format!("{OWN}on = \"{{}}\"\n"), "PGHA107", &["primary"], &["proxy", "r"]);
}

#[test]
fn alarms_and_snapshots_have_names_of_their_own() {
    check(&format!("{OWN}{OWN}"), &[("PGHA106", "name = \"a\"")]);
    check(&OWN.replace("\"a\"", "\"A_b\""), &[("PGHA095", "name = \"A_b\"")]);
    let snapshot = "[[snapshot]]\nname = \"s\"\n";
    check(&format!("{snapshot}{snapshot}"), &[("PGHA106", "name = \"s\"")]);
    check_limits("", "[[snapshot]]\nname = \"{}\"\n", "PGHA095", &["s-1"], &["1s", "s-", "s--t"]);
}

/// A replica that is late on purpose has that for its lag.
#[test]
fn the_lag_of_a_delayed_replica_is_its_delay_at_least() {
    let late = "[[replica]]\nname = \"late\"\nparameters = { recovery_min_apply_delay = \"1h\" }\n";
    let text = format!("{}{late}", change("replica-lag", "threshold = {}"));
    check_limits("", &text, "PGHA027", &["3601", "3900"], &["3600", "300"]);
    let own = format!("{late}{LAG}on = \"late\"\nthreshold = {{}}\n");
    check_limits("", &own, "PGHA027", &["3601"], &["3600", "400"]);
    // Of another one, or below, nothing is said.
    let other = format!("{late}[[replica]]\nname = \"r\"\n{LAG}on = \"r\"\nthreshold = 400\n");
    check(&other, &[]);
    let below = format!("{late}{LAG}on = \"late\"\nthreshold = 400\ncomparison = \"below\"\n");
    check(&below, &[]);
}

/// An alarm tells what is in its own region, five at most for each state.
#[test]
fn what_an_alarm_tells_is_named_by_an_arn_of_its_region() {
    let topic = "arn:aws:sns:us-east-1:123456789012:alerts";
    let stop = "arn:aws:automate:us-east-1:ec2:stop";
    let right = ["[]".to_string(), format!("[\"{topic}\"]"), format!("[\"{topic}\", \"{stop}\"]")];
    let right: Vec<&str> = right.iter().map(String::as_str).collect();
    for key in ["alarm_actions", "ok_actions"] {
        let text = format!("{OWN}{key} = {{}}\n");
        let none = ["[\"\"]", "[\"alerts\"]", "[\"arn:aws:sns:us-east-1:123456789012:\"]"];
        check_limits("", &text, "PGHA113", &right, &none);
        let away = format!("[\"{}\"]", topic.replace("us-east-1", "us-west-2"));
        check_limits("", &text, "PGHA129", &[], &[&away]);
        let many = |count: usize| {
            let arns: Vec<String> = (0..count).map(|n| format!("\"{topic}-{n}\"")).collect();
            format!("[{}]", arns.join(", "))
        };
        check_limits("", &text, "PGHA120", &[&many(5)], &[&many(6)]);
    }
}
