//! What the readers of saved plans and journals promise: both are files that a stranger, or a
//! crash, may have written. The fuzz target and a test of `pgha` share it.

use std::collections::BTreeMap;

use pgha_apply::journal::Entry;
use pgha_apply::journal::What;
use pgha_apply::journal::unfinished;
use pgha_cli::saved::Saved;
use pgha_planner::Intent;
use pgha_planner::plan;
use pgha_resource::Live;
use pgha_resource::Seen;

/// Any bytes are taken for a saved plan, for a journal, and for the spec in a saved plan.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    check_saved(&text);
    check_journal(&text);
    let spec = serde_json::json!({
        "format": "pgha-saved-plan/4",
        "file": "cluster.toml",
        "spec": text,
        "allow": ["delete:db-instance/orders-primary"],
        "now": [],
        "max_disruption": null,
        "at": "AWS",
        "digest": "",
        "text": "",
        "seal": "",
    });
    check_saved(&spec.to_string());
}

/// A text is a saved plan or refused without a panic. What is accepted survives being written
/// and read again; so does a plan made of its spec, which reads the same as itself. What is
/// refused says why.
fn check_saved(text: &str) {
    let saved = match Saved::parse("a.plan", text) {
        Ok(saved) => saved,
        Err(error) => return assert!(error.render().contains("a.plan")),
    };
    check_returns(&saved);
    let intent = match saved.intent() {
        Ok(intent) => intent,
        Err(error) => return assert!(!error.message.is_empty()),
    };
    let limit = match saved.max_disruption() {
        Ok(limit) => limit,
        Err(error) => return assert!(!error.message.is_empty()),
    };
    let cluster = match saved.cluster() {
        Ok(cluster) => cluster,
        // Draws every finding, too.
        Err(error) => return assert!(error.render().contains("PGHA")),
    };
    let resources = cluster.desired.resources.keys();
    let live = Live {
        resources: resources.map(|address| (address.clone(), Seen::Absent)).collect(),
        networks: BTreeMap::new(),
        ..Live::default()
    };
    let found = plan(&cluster.desired, &live, &Intent::default());
    let ours = Saved::of(&found, &cluster, &intent, limit, "AWS");
    check_returns(&ours);
    assert_eq!(ours.intent().ok(), Some(intent));
    assert_eq!(ours.max_disruption().ok(), Some(limit));
    assert!(ours.difference(&found, &cluster).starts_with("the two read the same"));
}

fn check_returns(saved: &Saved) {
    let text = saved.to_text().expect("a plan of texts is JSON");
    assert_eq!(Saved::parse("a.plan", &text).as_ref(), Ok(saved));
}

/// Whatever is in a journal, what is unfinished are beginnings of calls of one run, and a
/// journal of nothing else has the same ones unfinished.
fn check_journal(text: &str) {
    let begun = unfinished(text);
    let line = |entry: &Entry| serde_json::to_string(entry).expect("an entry is JSON") + "\n";
    for entry in &begun {
        assert_eq!((&entry.what, &entry.run), (&What::Calling, &begun[0].run));
        assert!(!line(entry).trim_end().contains('\n'));
    }
    let alone: String = begun.iter().map(line).collect();
    assert_eq!(unfinished(&alone), begun);
    // A crash cuts the last line anywhere.
    let cut = alone.len().saturating_sub(2);
    let rest = alone.get(..cut).map(unfinished).unwrap_or_default();
    assert_eq!(rest, begun[..begun.len().saturating_sub(1)]);
}
