//! Tables and lists within what nobody knows: said once, and always to an end.

use std::time::Duration;
use std::time::Instant;

use pgha_spec::Diagnostic;
use pgha_spec::Severity;
use pgha_spec::load;
use proptest::prelude::*;

const HEAD: &str = "[cluster]\nname = \"t\"\nregion = \"us-east-1\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n";

fn errors(text: &str) -> Vec<Diagnostic> {
    let found = load("t.toml", text).err().map(|errors| errors.diagnostics).unwrap_or_default();
    found.into_iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// Checks which places of a text behind the head are found fault with, each by its code and by
/// what is underlined.
#[track_caller]
fn check(text: &str, wanted: &[(&str, &str)]) {
    let text = format!("{HEAD}{text}");
    let errors = errors(&text);
    let found: Vec<_> = errors.iter().map(|f| (f.code, &text[f.span.clone()])).collect();
    assert_eq!(found, wanted, "{text}{errors:#?}");
}

/// What stands below it is no mistake of its own.
#[test]
fn what_is_unknown_is_underlined_itself_and_once() {
    let unknown = |key| ("PGHA101", key);
    check("[database.foo.bar]\nx = 1\n", &[unknown("database")]);
    check("[database.foo.bar]\n[database.foo]\n[database]\n", &[unknown("database")]);
    check("[[foo.bar]]\nx = 1\n[[foo.bar]]\ny = 1\n[foo.bar.baz]\nz = 1\n", &[unknown("foo")]);
    check("[a]\n[b.c]\n[[d.e.f]]\n", &[unknown("a"), unknown("b"), unknown("d")]);
    check("[[replica]]\nname = \"a\"\n[replica.foo.bar]\nx = 1\n", &[unknown("foo")]);
    check("[[replica]]\nname = \"a\"\nfoo.bar.baz = 1\n", &[unknown("foo")]);
    check("[[replica]]\nname = \"a\"\nfoo = [{ x = 1 }, { y = [{ z = 1 }] }]\n", &[unknown("foo")]);
    check("[storage.foo]\nsize = { foo = 1 }\n", &[unknown("foo")]);
    check(
        "[network.regions.us-west-2.foo.bar]\nx = 1\n[[replica]]\nname=\"a\"\nregion=\"us-west-2\"\nkms_key = \"arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001\"\n",
        &[unknown("foo")],
    );
    // The innermost is called like a section.
    check("[foo.bar.backup]\nx = 1\n", &[unknown("foo")]);
    check("[[foo.bar.backup]]\nx = 1\n", &[unknown("foo")]);
    check("[foo.storge]\n[bar.storge]\n", &[unknown("foo"), unknown("bar")]);
    check("[storge.size.foo]\n", &[unknown("storge"), ("PGHA103", "size")]);
}

#[test]
fn a_value_that_is_a_nest_of_tables_is_said_once() {
    check("[storage.size.foo.bar]\nx = 1\n", &[("PGHA103", "size")]);
    check("[[proxy.endpoint.foo]]\nx = 1\n", &[("PGHA103", "endpoint")]);
    check("[[alerting.subscriptions.x]]\ny = 1\n", &[("PGHA103", "subscriptions")]);
    check("[[network.regions.us-west-2.x]]\n", &[("PGHA101", "x")]);
    let header = "[[network.region.us-west-2]]";
    check(&format!("{header}\n"), &[("PGHA100", header), ("PGHA101", "region")]);
}

/// serde reads a list of as many values as a table has keys as that table.
#[test]
fn a_list_is_no_table() {
    let list = "[\"us-west-2\", 7, \"x\"]";
    check(&format!("[backup]\nreplicate_to = {list}\n"), &[("PGHA103", list)]);
    let list = "[[\"email\", \"a@example.com\"]]";
    check(&format!("[alerting]\nsubscriptions = {list}\n"), &[("PGHA103", list)]);
    let list = "[\"advanced\", 7, \"x\"]";
    let replica = format!("[[replica]]\nname = \"a\"\nmonitoring = {{ insights = {list} }}\n");
    check(&replica, &[("PGHA103", list)]);
}

/// The section is named, though it has no header of its own.
#[test]
fn what_is_missing_of_a_table_without_a_header_names_it() {
    let found = errors(
        "[cluster.tags]\nteam = \"t\"\n[engine]\nversion = \"16\"\nclass = \"db.r6g.large\"\n",
    );
    let titles: Vec<&str> = found.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles, ["`name` is missing in [cluster]", "`region` is missing in [cluster]"]);
}

/// Names of sections, of keys, and of nothing.
const NAMES: [&str; 30] = [
    "cluster",
    "engine",
    "storage",
    "replica",
    "proxy",
    "endpoint",
    "alerting",
    "alarms",
    "regions",
    "network",
    "subscriptions",
    "alarm",
    "foo",
    "bar",
    "tags",
    "name",
    "region",
    "size",
    "class",
    "vpc",
    "parameters",
    "insights",
    "backup",
    "guard",
    "allow",
    "storge",
    "multi_az",
    "us-west-2",
    "\"a b\"",
    "rotation",
];

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&NAMES[..]), 1..5).prop_map(|names| names.join("."))
}

fn value() -> impl Strategy<Value = String> {
    let plain = ["1", "1.5", "true", "\"x\"", "\"us-east-1\"", "2027-01-01", "[]", "{}"];
    let plain = prop::sample::select(plain.to_vec()).prop_map(String::from);
    plain.prop_recursive(3, 12, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3);
        let table = prop::collection::vec((path(), inner), 0..3);
        let entry = |(key, value): (String, String)| format!("{key} = {value}");
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(", "))),
            table.prop_map(move |entries| {
                let entries: Vec<_> = entries.into_iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }),
        ]
    })
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        path().prop_map(|path| format!("[{path}]\n")),
        path().prop_map(|path| format!("[[{path}]]\n")),
        (path(), value()).prop_map(|(key, value)| format!("{key} = {value}\n")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every mistake is said at a place of its own, and none but those that stand there.
    #[test]
    fn any_nest_of_tables_is_read_to_an_end(
        has_head in any::<bool>(),
        lines in prop::collection::vec(line(), 1..9),
    ) {
        let text = [if has_head { HEAD } else { "" }, &lines.concat()].concat();
        let start = Instant::now();
        let found = errors(&text);
        // A slow machine is given time; a loop that does not end takes more.
        prop_assert!(start.elapsed() < Duration::from_secs(5), "{text}");
        for finding in &found {
            prop_assert!(finding.code != "PGHA104", "{text}{finding:#?}");
            prop_assert!(text.get(finding.span.clone()).is_some(), "{text}{finding:#?}");
        }
        let mut places: Vec<_> = found.iter().filter(|finding| finding.code == "PGHA101").collect();
        places.sort_by_key(|finding| finding.span.start);
        for two in places.windows(2) {
            prop_assert!(two[0].span != two[1].span, "{text}{two:#?}");
        }
    }
}
