//! Whether a resource's policy lets a service act for a source.
//!
//! Only what an `Allow` says in full counts: an operator or a condition key that is not known
//! here is one that is not met.

use pgha_resource::document::Document;
use serde_json::Value;

/// A service of AWS that acts on behalf of something in an account.
pub(crate) struct Caller<'a> {
    /// `events.rds.amazonaws.com`, for one.
    pub service: &'a str,
    /// The account in which it acts (`aws:SourceAccount`).
    pub account: &'a str,
    /// What it acts for (`aws:SourceArn`).
    pub source: &'a str,
}

/// Whether a policy allows an action, such as `sns:Publish`, on a resource.
pub(crate) fn allows(policy: &Document, action: &str, resource: &str, caller: &Caller<'_>) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(&policy.text()) else { return false };
    several(policy.get("Statement")).into_iter().any(|statement| {
        let acts = |name: &str| alike(&name.to_lowercase(), &action.to_lowercase());
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && texts(statement.get("Action")).into_iter().any(acts)
            && texts(statement.get("Resource")).into_iter().any(|name| alike(name, resource))
            && is_principal(statement.get("Principal"), caller)
            && are_met(statement.get("Condition"), caller)
    })
}

/// Everybody is a service too.
fn is_principal(principal: Option<&Value>, caller: &Caller<'_>) -> bool {
    let Some(principal) = principal else { return false };
    let named = |who: &str| texts(principal.get(who));
    principal.as_str() == Some("*")
        || named("AWS").contains(&"*")
        || named("Service").contains(&caller.service)
}

fn are_met(conditions: Option<&Value>, caller: &Caller<'_>) -> bool {
    let Some(conditions) = conditions else { return true };
    conditions.as_object().is_some_and(|operators| {
        operators.iter().all(|(operator, keys)| {
            let keys = keys.as_object();
            keys.is_some_and(|keys| keys.iter().all(|(key, of)| is_met(operator, key, of, caller)))
        })
    })
}

fn is_met(operator: &str, key: &str, of: &Value, caller: &Caller<'_>) -> bool {
    // SNS's own older name for the account, which the policy of a new topic has
    // (docs/aws/alerting.md#topic-policy).
    let value = match key.to_lowercase().as_str() {
        "aws:sourceaccount" | "aws:sourceowner" => caller.account,
        "aws:sourcearn" => caller.source,
        _ => return false,
    };
    texts(Some(of)).into_iter().any(|pattern| match operator {
        "StringEquals" => pattern == value,
        "StringLike" => alike(pattern, value),
        "ArnEquals" | "ArnLike" => arns_alike(pattern, value),
        _ => false,
    })
}

/// A wildcard does not go beyond its part of an ARN, of which there are six
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>).
fn arns_alike(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<_>, Vec<_>) =
        (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    patterns.len() == parts.len()
        && patterns.iter().zip(parts).all(|(one, other)| alike(one, other))
}

/// `*` is any characters and `?` is one.
fn alike(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    let Some(first) = rest.next() else { return text.is_empty() };
    let rest = rest.as_str();
    let mut tails = text.char_indices().map(|(at, _)| &text[at..]).chain([""]);
    match first {
        '*' => tails.any(|tail| alike(rest, tail)),
        _ => text.chars().next().is_some_and(|next| {
            (first == '?' || first == next) && alike(rest, &text[next.len_utf8()..])
        }),
    }
}

/// One value, or several in a list.
fn several(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(values)) => values.iter().collect(),
        one => one.into_iter().collect(),
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    several(value).into_iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &str, expected: bool) {
        let text = format!(
            r#"{{"Statement":[{{"Effect":"Allow","Action":"SNS:Publish","Resource":"*",{parts}}}]}}"#
        );
        let source = "arn:aws:rds:us-east-1:1:db:orders-primary";
        let caller = Caller { service: "events.rds.amazonaws.com", account: "1", source };
        let found =
            allows(&Document::known(text), "sns:Publish", "arn:aws:sns:us-east-1:1:t", &caller);
        assert_eq!(found, expected, "{parts}");
    }

    #[test]
    fn a_statement_is_about_who_it_names() {
        check(r#""Principal":"*""#, true);
        check(r#""Principal":{"AWS":"*"}"#, true);
        check(r#""Principal":{"Service":["a.amazonaws.com","events.rds.amazonaws.com"]}"#, true);
        check(r#""Principal":{"Service":"cloudwatch.amazonaws.com"}"#, false);
        check(r#""Sid":"events.rds.amazonaws.com""#, false);
    }

    #[test]
    fn every_condition_is_met() {
        let conditions =
            |text: &str, met| check(&format!(r#""Principal":"*","Condition":{{{text}}}"#), met);
        conditions(r#""StringEquals":{"aws:SourceAccount":"1"}"#, true);
        conditions(r#""StringEquals":{"AWS:SourceOwner":"2"}"#, false);
        conditions(r#""ArnLike":{"aws:SourceArn":"arn:aws:rds:us-east-1:1:*"}"#, true);
        conditions(
            r#""ArnLike":{"aws:SourceArn":["arn:*:*:*:*:es:*","arn:aws:rds:*:1:db:*"]}"#,
            true,
        );
        conditions(r#""ArnLike":{"aws:SourceArn":"arn:aws:rds:us-east-1:1:es:*"}"#, false);
        conditions(r#""ArnLike":{"aws:SourceArn":"arn:*"}"#, false);
        conditions(r#""ArnLike":{"aws:SourceArn":"arn:aws:rds:us-east-1:1:d?:*y"}"#, true);
        conditions(
            r#""StringEquals":{"aws:SourceAccount":"2"},"ArnLike":{"aws:SourceArn":"arn:aws:rds:*:*:*"}"#,
            false,
        );
        conditions(r#""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#, false);
        conditions(r#""Null":{"aws:SourceArn":"false"}"#, false);
    }
}
