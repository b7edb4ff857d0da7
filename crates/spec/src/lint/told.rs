//! `[alerting]`: topics, subscribers and event categories (aws-facts §6).

use pgha_resource::Region;
use pgha_resource::kind::EventSource;
use pgha_resource::scope::partition;

use super::keys;
use crate::diagnostic::Diagnostic;
use crate::secret;
use crate::section::Spec;
use crate::section::alerting::Alerting;
use crate::section::alerting::Protocol;
use crate::section::alerting::Subscription;
use crate::spanned::Sp;
use crate::suggest;

/// Categories without which an outage goes unnoticed (Security Hub RDS.20).
const NEEDED: [&str; 6] =
    ["configuration change", "failover", "failure", "low storage", "maintenance", "read replica"];

pub(super) fn check(spec: &Spec, found: &mut Vec<Diagnostic>) {
    let Some(section) = &spec.alerting else {
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
    for subscription in &section.subscriptions {
        endpoint(subscription, found);
    }
    topics(spec, section, found);
    categories(section, found);
}

fn nobody(span: std::ops::Range<usize>) -> Diagnostic {
    Diagnostic::new("PGHA115", span, "nobody is told when an alarm goes off")
        .label("no e-mail, no subscription")
        .help("add\n\n[alerting]\nemails = [\"…\"]")
}

fn email_address(email: &Sp<String>, found: &mut Vec<Diagnostic>) {
    let sound = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
    });
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

fn endpoint(subscription: &Subscription, found: &mut Vec<Diagnostic>) {
    let endpoint = &subscription.endpoint;
    let (fits, example) = match *subscription.protocol {
        Protocol::Email | Protocol::EmailJson => return email_address(endpoint, found),
        Protocol::Https => (endpoint.starts_with("https://"), "https://pager.example.com/rds"),
        Protocol::Http => (endpoint.starts_with("http://"), "http://pager.example.com/rds"),
        Protocol::Sqs => {
            (keys::is_arn(endpoint, "sqs", ""), "arn:aws:sqs:us-east-1:123456789012:alerts")
        }
        Protocol::Lambda => (
            keys::is_arn(endpoint, "lambda", "function:"),
            "arn:aws:lambda:us-east-1:123456789012:function:alerts",
        ),
        Protocol::Sms => (endpoint.starts_with('+'), "+15550100"),
    };
    if matches!(*subscription.protocol, Protocol::Https | Protocol::Http) {
        credentials(endpoint, found);
    }
    if !fits {
        let protocol = subscription.protocol.as_str();
        found.push(
            Diagnostic::new(
                "PGHA130",
                endpoint.span(),
                format!("`{}` is no endpoint for {protocol}", secret::masked_url(endpoint)),
            )
            .label("SNS refuses it")
            .help(format!("write an endpoint such as \"{example}\"")),
        );
    }
}

/// Whoever reads the repository, a plan or the topic's list of subscriptions reads endpoints. No
/// message about them shows what they hold.
fn credentials(endpoint: &Sp<String>, found: &mut Vec<Diagnostic>) {
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
    } else if secret::has_token(endpoint) {
        found.push(
            Diagnostic::new("PGHA140", endpoint.span(), "whoever knows this endpoint can use it")
                .label("a token in its query or path")
                .help("keep the token in a Lambda function's secret, and subscribe the function"),
        );
    }
}

fn topics(spec: &Spec, section: &Alerting, found: &mut Vec<Diagnostic>) {
    if let Some(topic) = &section.topic {
        one_topic(topic, &spec.home(), found);
    }
    let used = spec.regions();
    for (name, own) in &section.regions {
        super::cluster::region(name, found);
        if let Some(topic) = &own.topic {
            one_topic(topic, &Region::new(name.as_str()), found);
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

fn one_topic(topic: &Sp<String>, region: &Region, found: &mut Vec<Diagnostic>) {
    if !keys::is_arn(topic, "sns", "") {
        return found.push(
            Diagnostic::new("PGHA113", topic.span(), "a topic is named by its ARN")
                .label("not the ARN of a topic")
                .help(format!("write \"arn:{}:sns:{region}:…:…\", or delete this line for a topic of the cluster's own", partition(region))),
        );
    }
    if topic.ends_with(".fifo") {
        found.push(
            Diagnostic::new(
                "PGHA069",
                topic.span(),
                "RDS and CloudWatch do not publish to FIFO topics",
            )
            .label("nobody would be told")
            .help("name a standard topic"),
        );
    }
    keys::elsewhere("PGHA129", "topic", topic, region, topic.span(), found);
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
