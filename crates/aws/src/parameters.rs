//! The parameters of both kinds of parameter group: how they are read and sent.

use std::collections::BTreeMap;

use aws_sdk_rds::types::ApplyMethod;
use aws_sdk_rds::types::Parameter;
use pgha_apply::port::CallError;
use pgha_resource::parameter::canonical_all;
use pgha_resource::parameter::is_static;

use crate::receipt::Outcome;

/// Parameters by name.
pub(crate) type Values = BTreeMap<String, String>;

/// What RDS returned for `Source=user`, in the form in which values are compared.
pub(crate) fn from_sdk<'a>(parameters: impl Iterator<Item = &'a Parameter>) -> Values {
    canonical_all(parameters.filter_map(|p| Some((p.parameter_name()?, p.parameter_value()?))))
}

/// What the second state sets anew or to another value.
pub(crate) fn set(from: Option<&Values>, to: Option<&Values>) -> Values {
    let empty = Values::new();
    let from = from.unwrap_or(&empty);
    let differs = |(name, value): &(&String, &String)| from.get(*name) != Some(*value);
    to.into_iter()
        .flatten()
        .filter(differs)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What the second state no longer sets; the values are of no importance.
pub(crate) fn reset(from: Option<&Values>, to: Option<&Values>) -> Values {
    let stays = |name: &String| to.is_some_and(|to| to.contains_key(name));
    let gone = from.into_iter().flatten().filter(|(name, _)| !stays(name));
    gone.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// How a parameter is applied. The user never says: it follows from the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apply {
    /// Static parameters wait for the reboot, the others change at once.
    ByTable,
    /// All wait for the reboot.
    AtReboot,
}

/// Parameters whose values are words of which two are `on` and `off`; RDS refuses `1` and `0` for
/// them, although values are kept and compared in that form (PostgreSQL documentation, "Parameter
/// Names and Values": enumerated parameters; docs/aws/parameters.md#booleans). In alphabetical
/// order.
const WORDS: &[&str] = &[
    "backslash_quote",
    "compute_query_id",
    "constraint_exclusion",
    "debug_parallel_query",
    "force_parallel_mode",
    "huge_pages",
    "recovery_prefetch",
    "synchronous_commit",
    "wal_compression",
];

/// A value as RDS takes it.
fn spoken<'a>(name: &str, value: &'a str) -> &'a str {
    match (WORDS.binary_search(&name), value) {
        (Ok(_), "1") => "on",
        (Ok(_), "0") => "off",
        _ => value,
    }
}

/// Parameters for a Modify call.
pub(crate) fn with_values(values: &Values, apply: Apply) -> Vec<Parameter> {
    values
        .iter()
        .map(|(name, value)| {
            let parameter = Parameter::builder().parameter_name(name);
            let parameter = parameter.parameter_value(spoken(name, value));
            parameter.apply_method(method(name, apply)).build()
        })
        .collect()
}

/// Parameters for a Reset call.
pub(crate) fn without_values(values: &Values, apply: Apply) -> Vec<Parameter> {
    values
        .keys()
        .map(|name| {
            let parameter = Parameter::builder().parameter_name(name);
            parameter.apply_method(method(name, apply)).build()
        })
        .collect()
}

fn method(name: &str, apply: Apply) -> ApplyMethod {
    match apply == Apply::AtReboot || is_static(name) {
        true => ApplyMethod::PendingReboot,
        false => ApplyMethod::Immediate,
    }
}

/// Sends parameters, once more for the reboot when RDS says that one of them is static although our
/// table does not. RDS refuses such a call as a whole (docs/aws/parameters.md#all-or-nothing), so
/// the first attempt changed nothing. Dynamic parameters of the same call then wait as well.
pub(crate) async fn send(attempt: impl AsyncFn(Apply) -> Outcome) -> Outcome {
    match attempt(Apply::ByTable).await {
        Err(error) if is_about_static(&error) => attempt(Apply::AtReboot).await,
        outcome => outcome,
    }
}

fn is_about_static(error: &CallError) -> bool {
    error.message.contains("immediate apply method for static parameter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgha_resource::live::ErrorClass;
    use std::cell::RefCell;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn values_are_kept_in_canonical_form() {
        let parameter = |name: &str, value: &str| {
            Parameter::builder().parameter_name(name).parameter_value(value).build()
        };
        let sdk = [parameter("rds.force_ssl", "on"), parameter("Work_Mem", "016384")];
        let valueless = Parameter::builder().parameter_name("port").build();
        let found = from_sdk(sdk.iter().chain([&valueless]));
        assert_eq!(found, values(&[("rds.force_ssl", "1"), ("work_mem", "16384")]));
    }

    #[test]
    fn only_what_differs_is_set_and_only_what_goes_is_reset() {
        let from = values(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let to = values(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(set(Some(&from), Some(&to)), values(&[("b", "2"), ("d", "1")]));
        assert_eq!(reset(Some(&from), Some(&to)), values(&[("c", "1")]));
        assert_eq!(set(None, Some(&to)), to);
    }

    #[test]
    fn static_parameters_wait_for_the_reboot() {
        let sent =
            with_values(&values(&[("max_connections", "400"), ("work_mem", "1")]), Apply::ByTable);
        let methods: Vec<_> = sent.iter().map(|p| p.apply_method().unwrap().as_str()).collect();
        assert_eq!(methods, ["pending-reboot", "immediate"]);
    }

    #[test]
    fn enumerated_parameters_are_sent_in_words_and_booleans_as_digits() {
        assert!(WORDS.is_sorted());
        let kept = [
            ("huge_pages", "try"),
            ("jit", "0"),
            ("synchronous_commit", "0"),
            ("wal_compression", "1"),
        ];
        let sent = with_values(&values(&kept), Apply::ByTable);
        let sent: Vec<_> = sent.iter().map(|p| p.parameter_value().unwrap()).collect();
        assert_eq!(sent, ["try", "0", "off", "on"]);
    }

    #[tokio::test]
    async fn a_static_parameter_that_the_table_misses_is_sent_again_for_the_reboot() {
        let attempts = RefCell::new(Vec::new());
        let outcome = send(async |apply| {
            attempts.borrow_mut().push(apply);
            match apply {
                Apply::AtReboot => Ok(Default::default()),
                Apply::ByTable => Err(CallError {
                    class: ErrorClass::Invalid,
                    code: "InvalidParameterCombination".into(),
                    message: "cannot use immediate apply method for static parameter".into(),
                    request_id: None,
                }),
            }
        })
        .await;
        assert!(outcome.is_ok());
        assert_eq!(*attempts.borrow(), [Apply::ByTable, Apply::AtReboot]);
    }
}
