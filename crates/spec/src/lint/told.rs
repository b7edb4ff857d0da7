//! `[alerting]`: topics, subscribers and event categories (docs/aws/alerting.md).

use std::net::IpAddr;

use pgha_resource::Region;
use pgha_resource::endpoint::has_token;
use pgha_resource::kind::EventSource;
use pgha_resource::scope::partition;

use super::keys;
use crate::diagnostic::Diagnostic;
use crate::expand::existing_topic;
use crate::secret;
use crate::section::Spec;
use crate::section::alarm::Alarm;
use crate::section::alerting::Alerting;
use crate::section::alerting::Protocol;
use crate::section::alerting::Subscription;
use crate::spanned::Maybe;
use crate::spanned::Sp;
use crate::suggest;

/// Categories without which an outage goes unnoticed (Security Hub RDS.20).
const NEEDED: [&str; 6] =
    ["configuration change", "failover", "failure", "low storage", "maintenance", "read replica"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(section) = &spec.alerting else {
        // Alarms that tell somebody by themselves are what there is.
        let tells = |alarm: &Alarm| alarm.alarm_actions.as_ref().is_some_and(|a| !a.is_empty());
        if spec.alarm.iter().any(|alarm| tells(alarm)) {
            return;
        }
        let none = nobody(spec.cluster.span())
            .label("no `[alerting]`: no topic, no alarms, no event subscriptions");
        return found.push(none);
    };
    let anybody = section.emails.as_ref().is_some_and(|emails| !emails.is_empty())
        || !section.subscriptions.is_empty()
        || section.topic.is_some();
    if !anybody {
        found.push(nobody(section.span()));
    }
    for email in section.emails.iter().flat_map(|emails| emails.iter()) {
        email_address(email, found);
    }
    let regions = spec.regions();
    for subscription in &section.subscriptions {
        endpoint(spec, &regions, subscription, found);
    }
    untold(spec, section, &regions, found);
    topics(spec, section, found);
    no_topic(&section.topic, &section.kms_key, found);
    categories(section, found);
}

fn nobody(span: std::ops::Range<usize>) -> Diagnostic {
    Diagnostic::new("PGHA115", span, "nobody is told when an alarm goes off")
        .label("no e-mail, no subscription")
        .help("add\n\n[alerting]\nemails = [\"…\"]")
}

/// Whether a text is an address that mail can be sent to
/// (<https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2>).
fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let quoted = user.len() > 2 && user.starts_with('"') && user.ends_with('"');
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && !atom.contains(|c: char| {
                c.is_whitespace() || c.is_control() || "()<>[]:;@\\,\"".contains(c)
            })
    };
    let user_fits = quoted || user.split('.').all(is_atom);
    user_fits && user.len() <= 64 && is_host(host)
}

/// Whether a text is the name of a host on the internet: two words at least, each of 1 to 63
/// letters, digits and hyphens (<https://www.rfc-editor.org/rfc/rfc1123#section-2>).
fn is_host(text: &str) -> bool {
    let is_word = |word: &str| {
        (1..=63).contains(&word.len())
            && word.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !word.starts_with('-')
            && !word.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_word)
}

/// Whether a text is a URL of a scheme that SNS can call: a host and perhaps a port, and nothing
/// that a URL does not have (<https://www.rfc-editor.org/rfc/rfc3986#section-3.2>).
fn is_url(text: &str, scheme: &str) -> bool {
    let Some(rest) = text.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').or((!port.is_empty()).then_some(""))),
        None => match place.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    (is_host(host) || host.parse::<IpAddr>().is_ok())
        && port.is_none_or(is_port)
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// A number in the form of E.164, 15 digits at most
/// (<https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html>).
fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn email_address(email: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let sound = is_email(email);
    if !sound {
        found.push(
            Diagnostic::new(
                "PGHA130",
                email.span(),
                format!("`{}` is not an e-mail address", **email),
            )
            .label("nobody would be told")
            .help("write an address such as \"oncall@example.com\""),
        );
    }
}

fn endpoint(
    spec: &Spec,
    regions: &[Region],
    subscription: &Subscription,
    found: &mut Vec<Diagnostic>,
) {
    let endpoint = &subscription.endpoint;
    let (fits, example) = match *subscription.protocol {
        Protocol::Email | Protocol::EmailJson => return email_address(endpoint, found),
        Protocol::Https => (is_url(endpoint, "https"), "https://pager.example.com/rds"),
        Protocol::Http => (is_url(endpoint, "http"), "http://pager.example.com/rds"),
        Protocol::Sqs => (keys::is_queue(endpoint), "arn:aws:sqs:us-east-1:123456789012:alerts"),
        Protocol::Lambda => {
            (keys::is_function(endpoint), "arn:aws:lambda:us-east-1:123456789012:function:alerts")
        }
        Protocol::Sms => (is_phone(endpoint), "+15550100"),
    };
    if matches!(*subscription.protocol, Protocol::Https | Protocol::Http) {
        credentials(endpoint, fits, found);
    }
    if !fits {
        let protocol = subscription.protocol.as_str();
        found.push(
            Diagnostic::new(
                "PGHA130",
                endpoint.span(),
                format!("`{}` is no endpoint for {protocol}", **endpoint),
            )
            .label("SNS refuses it")
            .help(format!("write an endpoint such as \"{example}\"")),
        );
    } else if matches!(*subscription.protocol, Protocol::Sqs | Protocol::Lambda) {
        reached(spec, regions, endpoint, found);
    }
}

/// Finds regions whose alarms reach no function or queue, where another region's do: that is how
/// chats are told. Who is told of an existing topic is not known here.
fn untold(spec: &Spec, section: &Alerting, regions: &[Region], found: &mut Vec<Diagnostic>) {
    for (protocol, noun) in [(Protocol::Lambda, "function"), (Protocol::Sqs, "queue")] {
        let told = section.subscriptions.iter().filter(|told| *told.protocol == protocol);
        let told: Vec<_> = told.map(|told| (&told.endpoint, of_arn(&told.endpoint))).collect();
        let Some((endpoint, of)) = told.last() else { continue };
        // That an endpoint is in none of the regions is said by another rule.
        if !told.iter().all(|(_, of)| regions.iter().any(|region| region.as_str() == *of)) {
            continue;
        }
        let is_untold = |region: &&Region| {
            !told.iter().any(|(_, of)| region.as_str() == *of)
                && existing_topic(spec, region).is_none()
        };
        let untold: Vec<&str> =
            regions.iter().filter(is_untold).map(|region| region.as_str()).collect();
        if untold.is_empty() {
            continue;
        }
        let title = format!("no {noun} is told of alarms in {}", suggest::list(&untold));
        found.push(
            Diagnostic::new("PGHA154", endpoint.span(), title)
                .label(format!("told of those in {of}"))
                .note("alarms and events reach the topic of their own region, and it tells only what is there")
                .help(format!("subscribe a {noun} of each region, or accept this where others are told")),
        );
    }
}

/// The region in an ARN.
fn of_arn(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// Queues and functions are told by the topic of their own region, which there is where the
/// cluster has databases; and a standard topic, such as pgha's own, tells no FIFO queue
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html>).
fn reached(spec: &Spec, regions: &[Region], endpoint: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let of = of_arn(endpoint);
    match regions.iter().find(|region| region.as_str() == of) {
        Some(region) => {
            keys::elsewhere("PGHA129", "endpoint", endpoint, region, endpoint.span(), found);
        }
        None => {
            let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
            found.push(
                Diagnostic::new(
                    "PGHA129",
                    endpoint.span(),
                    format!("nothing of this cluster is in {of}, where this endpoint is"),
                )
                .label("no topic would tell it")
                .help(format!("name one of {}", suggest::list(&regions))),
            );
        }
    }
    let is_fifo = |topic: &Sp<String>| topic.ends_with(".fifo");
    let topic = existing_topic(spec, &Region::new(of));
    if endpoint.ends_with(".fifo") && !topic.is_some_and(is_fifo) {
        found.push(
            Diagnostic::new("PGHA130", endpoint.span(), "standard topics tell no FIFO queues")
                .label("SNS refuses it")
                .help("name a standard queue"),
        );
    }
}

/// Whoever reads the repository, a plan or the topic's list of subscriptions reads endpoints. No
/// message about them shows what they hold.
fn credentials(endpoint: &Sp<String>, fits: bool, found: &mut Vec<Diagnostic>) {
    never_confirmed(endpoint, found);
    if secret::user_of_url(endpoint).is_some() {
        found.push(
            Diagnostic::new(
                "PGHA139",
                endpoint.span(),
                "a user or a password stands in an endpoint",
            )
            .label("everybody who reads the spec has it")
            .note("SNS shows it as `****`, so that it could not be compared either: change it now")
            .help("let SNS call something that needs no password and checks SNS's signature, or an SQS queue or a Lambda function"),
        );
    } else if fits && has_token(endpoint) {
        found.push(
            Diagnostic::new("PGHA140", endpoint.span(), "whoever knows this endpoint may be able to use it")
                .label("a token may stand behind the host")
                .note("pgha shows only a short digest of it; who reads the spec reads all of it")
                .help("if it is one, keep the token in a Lambda function's secret, and subscribe the function"),
        );
    }
}

/// Hosts of chats whose webhooks take messages of their own form alone: none opens the address
/// that SNS sends to be confirmed by
/// (<https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html>).
const CHATS: [&str; 6] = [
    "hooks.slack.com",
    "webhook.office.com",
    "logic.azure.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
];

/// A subscription that stays unconfirmed tells nobody.
fn never_confirmed(endpoint: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if let Some(chat) = secret::among(endpoint, &CHATS) {
        found.push(
            Diagnostic::new("PGHA151", endpoint.span(), format!("{chat} never confirms a subscription"))
                .label("SNS sends it nothing until it does")
                .help("tell the chat through Amazon Q Developer in chat applications, or subscribe a Lambda function that posts to it"),
        );
    }
}

fn topics(spec: &Spec, section: &Alerting, found: &mut Vec<Diagnostic>) {
    if let Some(topic) = &section.topic {
        one_topic(section, topic, &spec.home(), found);
    }
    let used = spec.regions();
    for (name, own) in &section.regions {
        super::cluster::region(name, found);
        no_topic(&own.topic, &own.kms_key, found);
        if let Some(topic) = &own.topic {
            one_topic(section, topic, &Region::new(name.as_str()), found);
        }
        if !used.iter().any(|region| region.as_str() == name.as_str()) {
            found.push(
                Diagnostic::new(
                    "PGHA123",
                    name.span(),
                    format!("nothing of this cluster is in {}", **name),
                )
                .label("has no effect")
                .help("delete this section, or add a replica there"),
            );
        }
    }
}

/// The key is that of pgha's own topic; another's is encrypted as its owner says.
fn no_topic(topic: &Maybe<String>, key: &Maybe<String>, found: &mut Vec<Diagnostic>) {
    let (Some(topic), Some(key)) = (topic, key) else { return };
    found.push(
        Diagnostic::new("PGHA124", key.span(), "pgha does not encrypt a topic that is not its own")
            .label("has no effect")
            .also(topic.span(), "because of this")
            .help("delete `kms_key`, or `topic`"),
    );
}

fn one_topic(section: &Alerting, topic: &Sp<String>, region: &Region, found: &mut Vec<Diagnostic>) {
    if !keys::is_topic(topic) {
        return found.push(
            Diagnostic::new("PGHA113", topic.span(), "a topic is named by its ARN")
                .label("not the ARN of a topic")
                .help(format!("write \"arn:{}:sns:{region}:…:…\", or delete this line for a topic of the cluster's own", partition(region))),
        );
    }
    if topic.ends_with(".fifo") {
        fifo(section, topic, found);
    }
    keys::elsewhere("PGHA129", "topic", topic, region, topic.span(), found);
}

/// CloudWatch publishes to FIFO topics
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html>),
/// RDS does not
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateEventSubscription.html>),
/// and they tell queues only
/// (<https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html>).
fn fifo(section: &Alerting, topic: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let of = |title: &str| Diagnostic::new("PGHA069", topic.span(), title);
    let without_events = section.events.as_ref().is_some_and(|events| events.is_empty());
    let only_queues = section.emails.as_ref().is_none_or(|emails| emails.is_empty())
        && section.subscriptions.iter().all(|told| *told.protocol == Protocol::Sqs);
    if !without_events {
        found.push(
            of("RDS does not publish events to FIFO topics")
                .label("RDS refuses the event subscriptions")
                .help("name a standard topic; if only alarms shall be told, write `events = []`"),
        );
    } else if !only_queues {
        found.push(
            of("a FIFO topic tells queues only")
                .label("SNS refuses the other subscriptions")
                .help("name a standard topic, or subscribe queues to this one"),
        );
    }
}

fn categories(section: &Alerting, found: &mut Vec<Diagnostic>) {
    let Some(written) = &section.events else { return };
    let known = EventSource::DbInstance.categories();
    for category in written.iter().filter(|category| !known.contains(&category.as_str())) {
        let diagnostic = Diagnostic::new(
            "PGHA079",
            category.span(),
            format!("instances have no events of `{}`", **category),
        )
        .label("unknown category");
        found.push(match suggest::closest(category, known) {
            Some(close) => {
                diagnostic.help(format!("did you mean \"{close}\"?")).fix(format!("\"{close}\""))
            }
            None => diagnostic.help(format!("there are {}", suggest::list(known))),
        });
    }
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| !written.iter().any(|category| category.as_str() == *needed))
        .collect();
    if !missing.is_empty() {
        found.push(
            Diagnostic::new("PGHA080", written.span(), "important events are not told")
                .label(format!("without {}", suggest::list(&missing)))
                .help("add them, or delete `events` for the recommended categories"),
        );
    }
}
