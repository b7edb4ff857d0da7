//! A proxy that makes the wire misbehave: microburst in front of an emulator.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use serde_json::json;

use crate::emulator::Emulator;
use crate::emulator::Way;
use crate::root;
use crate::server::Server;

/// A running proxy; it ends with the value.
pub struct FaultProxy {
    server: Server,
}

/// An operation of a service.
pub type Operation = (String, String);

impl FaultProxy {
    /// Starts one in front of an emulator.
    pub fn start(emulator: &Emulator) -> Self {
        let upstream = emulator.url();
        let start = |port: u16| {
            let mut command = Command::new(root().join("tests/emulator/start-faults"));
            command.arg(port.to_string()).arg(upstream);
            command
        };
        Self { server: Server::start("faults", start, "/_microburst/health") }
    }

    /// The way to its accounts.
    pub fn way(&self) -> Way {
        Way::to(self.server.url())
    }

    /// Replaces the rules of an account by these, and says their ids. Other accounts keep
    /// theirs, so that tests can run at the same time.
    pub fn rules(&self, account: &str, rules: Vec<Value>) -> Vec<i64> {
        let ours = ours(account);
        self.control("DELETE", "rules", &json!([{ "headers": ours }]));
        let rules = rules.into_iter().map(|mut rule| {
            rule["headers"] = ours.clone();
            rule
        });
        let rules = self.control("PATCH", "rules", &Value::Array(rules.collect()));
        let rules = rules.as_array().expect("a list of rules");
        rules.iter().map(|rule| rule["id"].as_i64().expect("a rule has an id")).collect()
    }

    /// How often each of these rules hit an operation, by the proxy's log.
    pub fn fired(&self, rules: &[i64]) -> BTreeMap<(i64, Operation), u32> {
        let fired = self.control("GET", "fired?limit=100000", &Value::Null);
        let mut counts = BTreeMap::new();
        for event in fired.as_array().expect("a list of events") {
            let rule = event["rule_id"].as_i64().expect("an event has a rule");
            if rules.contains(&rule) {
                let text = |key: &str| event[key].as_str().unwrap_or_default().to_string();
                *counts.entry((rule, (text("service"), text("operation")))).or_default() += 1;
            }
        }
        counts
    }

    /// How often each operation was called in an account, faults included.
    pub fn calls(&self, account: &str) -> BTreeMap<Operation, u32> {
        let text = self.server.ask("GET", &format!("/calls/{account}"), "");
        let mut calls = BTreeMap::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [service, _region, operation, count] = words[..] else {
                panic!("`{line}` is not four words")
            };
            let count: u32 = count.parse().expect("a count");
            *calls.entry((service.to_string(), operation.to_string())).or_default() += count;
        }
        calls
    }

    /// Waits until no call of an account is under way: one whose caller has left takes effect
    /// all the same.
    pub fn wait_for_stragglers(&self, account: &str) {
        let started = Instant::now();
        while self.server.ask("GET", &format!("/underway/{account}"), "") != "0" {
            assert!(started.elapsed() < Duration::from_secs(60), "calls of {account} never end");
            // The process is another one: there is nothing but time to wait for.
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.server.ask(method, &format!("/_microburst/{path}"), &body);
        serde_json::from_str(&answer).expect("the control API speaks JSON")
    }
}

/// What marks the calls of an account: its number is the access key.
fn ours(account: &str) -> Value {
    json!({ "Authorization": format!("Credential={account}/") })
}
