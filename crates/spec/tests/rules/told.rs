//! Who is told, through what, and of what (docs/aws/alerting.md).

use super::check;
use super::check_limits;
use super::check_text;
use super::text_of;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:ours";

/// After somebody who is told.
fn told(more: &str) -> String {
    format!("[alerting]\nemails = [\"a@b.c\"]\n{more}\n")
}

#[test]
fn somebody_is_told_when_an_alarm_goes_off() {
    let nobody = ("PGHA115", "[alerting]");
    check("[alerting]\n", &[nobody]);
    check("[alerting]\nemails = []\n", &[nobody]);
    check("[alerting]\nemails = [\"a@b.c\"]\n", &[]);
    check(&format!("[alerting]\ntopic = \"{TOPIC}\"\n"), &[]);
    check("[alerting]\n[[alerting.subscriptions]]\nprotocol = \"sms\"\nendpoint = \"+1\"\n", &[]);
    let silent = text_of("", "").replace("[alerting]\nemails = [\"a@b.c\"]\n", "");
    check_text(&silent, &[("PGHA115", "[cluster]")]);
}

/// SNS guide, "Confirm your Amazon SNS subscription": the endpoint opens the SubscribeURL.
#[test]
fn chats_confirm_no_subscription() {
    let of = |url: &str| {
        told(&format!("[[alerting.subscriptions]]\nprotocol = \"https\"\nendpoint = \"{url}\""))
    };
    let codes = |url: &str| -> Vec<&'static str> {
        let text = super::text_of("", &of(url));
        let loaded = pgha_spec::load("t.toml", &text).unwrap();
        loaded.diagnostics.iter().map(|found| found.code).filter(|c| *c == "PGHA151").collect()
    };
    for chat in [
        "https://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com:443/services/T0/B0/x",
        "https://example.webhook.office.com/webhookb2/x",
        "https://discord.com/api/webhooks/1/x",
        "https://chat.googleapis.com/v1/spaces/x/messages",
    ] {
        assert_eq!(codes(chat), ["PGHA151"], "{chat}");
    }
    for other in [
        "https://events.pagerduty.com/integration/x/enqueue",
        "https://pager.example.com/rds",
        "https://hooks.slack.com.example.com/x",
        "https://nothooks.slack.com/x",
    ] {
        assert_eq!(codes(other), [""; 0], "{other}");
    }
}

#[test]
fn addresses_have_a_user_and_a_host() {
    let text = "[alerting]\nemails = [\"{}\"]\n";
    let right = ["a@b.c", "a.b+c@d.e.f", "a_b-c@d-e.example", "1@2.example"];
    let wrong = [
        "a",
        "@b.c",
        "a@b",
        "a @b.c",
        "a@b .c",
        "",
        "a@",
        "a@.c",
        "a@b.",
        "a@b..c",
        "a@-b.c",
        "a@b-.c",
        "a@b_c.d",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.d",
        "a@b@c.d",
        "<a@b.c>",
        "a,b@c.d",
        "mailto:a@b.c",
    ];
    check_limits("", text, "PGHA130", &right, &wrong);
    let (most, more) = ("a".repeat(64), "a".repeat(65));
    let right = [format!("{most}@b.c"), format!("a@{}.c", &most[..63])];
    let wrong = [format!("{more}@b.c"), format!("a@{most}.c")];
    check_limits("", text, "PGHA130", &[&right[0], &right[1]], &[&wrong[0], &wrong[1]]);
}

#[test]
fn every_protocol_has_endpoints_of_its_own() {
    let text = |protocol: &str| {
        format!(
            "[alerting]\n[[alerting.subscriptions]]\nprotocol = \"{protocol}\"\nendpoint = \"{{}}\"\n"
        )
    };
    for (protocol, right, wrong) in [
        ("email", "a@b.c", "a"),
        ("email-json", "a@b.c", "https://x.example"),
        ("https", "https://x.example", "http://x.example"),
        ("http", "http://x.example", "https://x.example"),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:q", "q"),
        ("lambda", "arn:aws:lambda:us-east-1:123456789012:function:f", "f"),
        ("sms", "+15550100", "5550100"),
    ] {
        check_limits("", &text(protocol), "PGHA130", &[right], &[wrong]);
    }
}

#[test]
fn an_endpoint_is_one_that_sns_can_reach() {
    let text = |protocol: &str| {
        format!(
            "[alerting]\n[[alerting.subscriptions]]\nprotocol = \"{protocol}\"\nendpoint = \"{{}}\"\n"
        )
    };
    let right = [
        "https://x.example",
        "https://x.example/",
        "https://x.example:8443/api/rds",
        "https://203.0.113.7/in",
        "https://[2001:db8::1]:443/in",
        "https://größe.example/in",
    ];
    let wrong = [
        "https://",
        "https:///a",
        "https://x",
        "https://localhost/a",
        "https://x.example:/a",
        "https://x.example:0",
        "https://x.example:65536",
        "https://x.example:+1",
        "https://x_y.example",
        "https://.example",
        "https://x..example",
        "https://x.example/a b",
        "https://[2001:db8::1",
        "https://[2001:db8::1]443",
        "https:x.example",
        "HTTPS://x.example",
    ];
    check_limits("", &text("https"), "PGHA130", &right, &wrong);
    check_limits("", &text("http"), "PGHA130", &["http://x.example"], &["http://", "http://x"]);
    let wrong = ["+", "+0123", "+1 555 0100", "+1-555", "+1234567890123456", "+155501OO"];
    check_limits("", &text("sms"), "PGHA130", &["+123456789012345"], &wrong);
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    let wrong =
        [format!("{queue}.fifo"), format!("{queue}/x"), format!("{queue}{}", "q".repeat(80))];
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    check_limits("", &text("sqs"), "PGHA130", &[queue], &wrong);
    let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
    let right = [function.to_string(), format!("{function}:live"), format!("{function}:$LATEST")];
    let wrong = [format!("{function}:"), format!("{function}:a:b"), format!("{function}/x")];
    let (right, wrong): (Vec<&str>, Vec<&str>) =
        (right.iter().map(String::as_str).collect(), wrong.iter().map(String::as_str).collect());
    check_limits("", &text("lambda"), "PGHA130", &right, &wrong);
}

/// Each topic tells the queues and functions of its own region.
#[test]
fn a_queue_is_where_there_is_a_topic() {
    let subscribed = |arn: &str| {
        format!("[[alerting.subscriptions]]\nprotocol = \"sqs\"\nendpoint = \"{arn}\"\n")
    };
    let text = format!("[alerting]\n{}", subscribed("{}"));
    let home = "arn:aws:sqs:us-east-1:123456789012:q";
    let (away, foreign) =
        (home.replace("us-east-1", "us-west-2"), home.replace("aws:sqs", "aws-cn:sqs"));
    check_limits("", &text, "PGHA129", &[home], &[&away, &foreign]);
    let function = text.replace("\"sqs\"", "\"lambda\"").replace(":sqs:", ":lambda:");
    let (home, away) = (
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-west-2:123456789012:function:f",
    );
    check_limits("", &function, "PGHA129", &[home], &[away]);
    let key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
    let replica =
        format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{key}\"\n");
    check_limits("", &format!("{replica}{function}"), "PGHA129", &[home, away], &[]);
}

#[test]
fn a_topic_is_a_standard_one_of_its_region() {
    let text = told("topic = \"{}\"");
    check_limits("", &text, "PGHA113", &[TOPIC], &["ours", "arn:aws:s3:::ours", "x:sns:y"]);
    let subscription = format!("{TOPIC}:00000000-0000-4000-8000-000000000001");
    check_limits("", &text, "PGHA113", &[], &[&subscription, &format!("{TOPIC}.x")]);
    check_limits("", &text, "PGHA069", &[], &[&format!("{TOPIC}.fifo")]);
    check_limits("", &text, "PGHA129", &[], &[&TOPIC.replace("us-east-1", "us-west-2")]);
}

/// CloudWatch publishes to a FIFO topic, RDS does not, and it tells queues only.
#[test]
fn a_topic_of_alarms_alone_may_be_fifo() {
    let topic = format!("topic = \"{TOPIC}.fifo\"");
    let quiet = format!("[alerting]\nevents = []\n{topic}\n");
    let few = ("PGHA080", "events = []");
    let fifo = ("PGHA069", topic.as_str());
    check(&quiet, &[few]);
    check(&format!("{quiet}emails = []\n"), &[few]);
    check(&format!("{quiet}emails = [\"a@b.c\"]\n"), &[few, fifo]);
    let told = |protocol: &str, endpoint: &str| {
        format!(
            "{quiet}subscriptions = [{{ protocol = \"{protocol}\", endpoint = \"{endpoint}\" }}]\n"
        )
    };
    let queue = "arn:aws:sqs:us-east-1:123456789012:alerts";
    check(&told("sqs", queue), &[few]);
    check(&told("sqs", &format!("{queue}.fifo")), &[few]);
    check(&told("sms", "+1"), &[few, fifo]);
    check(
        &format!("[alerting]\nevents = [\"failover\"]\n{topic}\n"),
        &[("PGHA080", "events = [\"failover\"]"), fifo],
    );
}

#[test]
fn a_topic_elsewhere_is_for_a_region_with_a_replica() {
    let key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
    let replica =
        format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{key}\"\n");
    let section = told("[alerting.regions.us-west-2]\ntopic = \"{}\"");
    let there = TOPIC.replace("us-east-1", "us-west-2");
    check_limits("", &format!("{replica}{section}"), "PGHA129", &[&there], &[TOPIC]);
    let unused = section.replace("{}", &there);
    check(&unused, &[("PGHA123", "[alerting.regions.us-west-2]")]);
    let nowhere = unused.replace("us-west-2", "us-wst-2");
    let line = "[alerting.regions.us-wst-2]";
    check(&nowhere, &[("PGHA108", line), ("PGHA123", line)]);
}

#[test]
fn only_ones_own_topic_is_encrypted() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000001";
    let line = format!("kms_key = \"{key}\"");
    check(&told(&line), &[]);
    check(&told(&format!("topic = \"{TOPIC}\"\n{line}")), &[("PGHA124", &line)]);
}

#[test]
fn important_events_are_told() {
    let needed = "\"configuration change\", \"failover\", \"failure\", \"low storage\", \"maintenance\", \"read replica\"";
    let text = told("events = [{}]");
    let more = format!("{needed}, \"backup\"");
    let fewer = needed.replace(", \"read replica\"", "");
    check_limits("", &text, "PGHA080", &[needed, &more], &[&fewer, ""]);
    check_limits("", &text, "PGHA079", &[], &[&format!("{needed}, \"sunrise\"")]);
}

/// Everybody who reads the spec would have what stands in an endpoint.
#[test]
fn credentials_do_not_stand_in_endpoints() {
    let of = |protocol: &str, endpoint: &str| {
        format!(
            "[alerting]\nsubscriptions = [{{ protocol = \"{protocol}\", endpoint = \"{endpoint}\" }}]\n"
        )
    };
    for (endpoint, code) in [
        ("https://pager.example.com/rds", None),
        ("https://pager.example.com/v1/webhook", None),
        ("https://pager.example.com/hunter2@y", Some("PGHA140")),
        ("https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/hunter2", Some("PGHA140")),
        ("https://api.telegram.org/bot123456:hunter2/sendMessage", Some("PGHA140")),
        ("https://hooks.zapier.com/hooks/catch/123456/hunter2/", Some("PGHA140")),
        ("https://ntfy.sh/hunter2", Some("PGHA140")),
        ("https://user:hunter2@pager.example.com/rds", Some("PGHA139")),
        ("https://hunter2@pager.example.com", Some("PGHA139")),
        ("https://api.opsgenie.com/v1/json/amazonsns?apiKey=hunter2", Some("PGHA140")),
        ("https://hooks.slack.com/services/T0/B0/hunter2", Some("PGHA140")),
        ("https://hooks.slack.com:443/services/T0/B0/hunter2", Some("PGHA140")),
        ("https://events.pagerduty.com/integration/hunter2/enqueue", Some("PGHA140")),
    ] {
        let text = super::text_of("", &of("https", endpoint));
        let found = super::found(&text);
        let codes = found.iter().map(|found| found.code);
        let codes: Vec<_> = codes.filter(|c| matches!(*c, "PGHA139" | "PGHA140")).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{endpoint}");
        assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
        let shown = match pgha_spec::load("t.toml", &text) {
            Ok(loaded) => loaded.text,
            Err(errors) => errors.text,
        };
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    // What is said of another mistake does not show the password either.
    let text =
        super::text_of("", &of("http", "https://user:hunter2@pager.example.com/rds?k=hunter2"));
    let errors = pgha_spec::load("t.toml", &text).unwrap_err();
    assert!(errors.diagnostics.iter().any(|found| found.code == "PGHA130"));
    assert!(!format!("{:?}", errors.diagnostics).contains("hunter2"));
    assert!(!errors.text.contains("user:hunter2"), "{}", errors.text);
}

/// What an excerpt hides no message above it repeats, whatever key it stands below.
#[test]
fn messages_show_no_secrets() {
    let pager = "https://events.pagerduty.com/integration/hunter2/enqueue";
    for rest in [
        "[parameters]\n\"rds.force_ssl\" = \"password=hunter2\"".to_string(),
        "[parameters]\nwork_mem = \"password=hunter2\"".to_string(),
        "[parameters]\nwork_mem = \"password=hunt\\u0065r2\"".to_string(),
        format!("[alerting]\nemails = [\"a@b.c\"]\npager2 = \"{pager}\""),
        format!("[backup]\nretention = \"{pager}\""),
        "[backup]\nretention = \"14 days; password=hunter2\"".to_string(),
    ] {
        let text = super::text_of("", &rest);
        let errors = pgha_spec::load("t.toml", &text).unwrap_err();
        assert!(!format!("{errors:?}").contains("hunter2"), "{errors:#?}");
    }
}

/// A function hears of its own region alone.
#[test]
fn every_region_tells_a_function() {
    let of = |region: &str| {
        format!(
            "{{ protocol = \"lambda\", endpoint = \"arn:aws:lambda:{region}:123456789012:function:f\" }}"
        )
    };
    let key = "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
    let replica =
        format!("[[replica]]\nname = \"r\"\nregion = \"us-west-2\"\nkms_key = \"{key}\"\n");
    let topic = "[alerting.regions.us-west-2]\ntopic = \"arn:aws:sns:us-west-2:123456789012:x\"\n";
    let (here, there) = (of("us-east-1"), of("us-west-2"));
    for (replica, list, more, given) in [
        ("", here.clone(), "", false),
        (replica.as_str(), here.clone(), "", true),
        (&replica, there.clone(), "", true),
        (&replica, format!("{here}, {there}"), "", false),
        (&replica, here.clone(), topic, false),
        (&replica, String::new(), "", false),
        // A function that nothing could tell is an error, and no advice.
        (&replica, of("eu-west-1"), "", false),
    ] {
        let section = format!("[alerting]\nemails = [\"a@b.c\"]\nsubscriptions = [{list}]\n{more}");
        let text = super::text_of("", &format!("{replica}{section}"));
        super::check_advice(&text, "PGHA154", given);
    }
}

/// Alarms that tell somebody by themselves need no `[alerting]`.
#[test]
fn alarms_that_tell_somebody_are_enough() {
    let silent = text_of("", "").replace("[alerting]\nemails = [\"a@b.c\"]\n", "");
    let alarm = "[[alarm]]\nname = \"a\"\nmetric = \"SwapUsage\"\nthreshold = 1\n";
    let told = "alarm_actions = [\"arn:aws:sns:us-east-1:123456789012:pager\"]\n";
    check_text(&format!("{silent}{alarm}"), &[("PGHA115", "[cluster]")]);
    check_text(&format!("{silent}{alarm}alarm_actions = []\n"), &[("PGHA115", "[cluster]")]);
    check_text(&format!("{silent}{alarm}{told}"), &[]);
}
