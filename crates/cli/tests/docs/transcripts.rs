//! Console blocks run as transcripts; plain lists of commands run for their exit codes.

use crate::page;
use crate::page::Block;
use crate::world;
use crate::world::World;

/// A page with commands: the spec that they are about, and what ran before.
struct Page {
    name: &'static str,
    spec: Spec,
    before: &'static [&'static str],
}

enum Spec {
    /// What somebody has in `cluster.toml` who typed the page's own specs.
    Typed,
    Example(&'static str),
    /// Nobody has one.
    None,
}

const PAGES: &[Page] = &[
    Page { name: "README.md", spec: Spec::Typed, before: &[] },
    Page { name: "docs/first-hour.md", spec: Spec::Typed, before: &[] },
    Page {
        name: "docs/cli.md",
        spec: Spec::Example("production.toml"),
        before: &["pgha apply --yes"],
    },
    Page {
        name: "docs/import.md",
        spec: Spec::None,
        before: &["pgha sandbox add-database db-instance/billing"],
    },
];

/// Commands of plain lists that do not end with 0.
const ENDS: [(&str, &str, i32, &str); 1] =
    [("README.md", "pgha status", 6, "nobody has confirmed the subscription yet")];

/// Whether a block is a plain list of commands of pgha.
pub fn is_plain(page: &str, block: &Block) -> bool {
    let mut lines = block.text.lines();
    PAGES.iter().any(|known| known.name == page)
        && block.language == "sh"
        && lines.all(|line| line.starts_with("pgha "))
}

fn prepared(page: &Page) -> World {
    let world = match page.spec {
        Spec::Typed => World::with(&page::typed_spec(page.name)),
        Spec::Example(example) => World::with_example(example),
        Spec::None => World::without_spec(),
    };
    for line in page.before {
        world.check(line, 0);
    }
    world
}

#[test]
fn transcripts_are_what_a_user_sees() {
    for page in PAGES {
        let text = page::read(page.name);
        if page::blocks_in(page.name, "console").is_empty() {
            continue;
        }
        let written = prepared(page).transcripts(&text);
        if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
            std::fs::write(page::root().join(page.name), written).unwrap();
        }
    }
}

#[test]
fn lists_of_commands_run() {
    for page in PAGES {
        let world = prepared(page);
        for block in page::blocks(page.name).iter().filter(|block| is_plain(page.name, block)) {
            for line in block.text.lines() {
                let command = line.split('#').next().unwrap_or_default().trim();
                let ends =
                    ENDS.iter().find(|(name, one, ..)| (*name, *one) == (page.name, command));
                world.check(line, ends.map_or(0, |(_, _, code, _)| *code));
            }
        }
    }
}

/// trycmd passes over a command that it does not know.
#[test]
fn transcripts_have_known_pages_and_known_commands() {
    for name in page::all() {
        for block in page::blocks_in(&name, "console") {
            for command in block.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                let program = command.split(' ').next().unwrap();
                let known = program == "pgha" || world::TOOLS.contains(&program);
                assert!(known, "{name}:{}: nobody runs {program}", block.line);
            }
        }
        let known = PAGES.iter().any(|page| page.name == name);
        assert!(known || page::blocks_in(&name, "console").is_empty(), "{name} has transcripts");
    }
}

/// The plan that the README begins with. Its left-out lines are `…`, which trycmd writes `...`.
#[test]
fn the_plan_of_the_readme_is_what_pgha_prints() {
    let world = World::with_example("production.toml");
    world.check("pgha apply --yes", 0);
    world.replace("db.r6g.large", "db.r6g.xlarge");
    world.replace("track_activity_query_size  = 2048", "track_activity_query_size  = 4096");
    world.replace("[[replica]]\nname = \"read-1\"\n\n", "");
    let primary = "db-instance/orders-primary";
    world.check(&format!("pgha sandbox tamper {primary} deletion_protection false"), 0);
    let shown = page::blocks_in("README.md", "text").remove(0);
    let lines = shown.text.lines().map(|line| if line.trim() == "…" { "..." } else { line });
    let lines: Vec<&str> = lines.collect();
    world.transcripts(&format!("```console\n$ pgha plan\n? 3\n{}\n```\n", lines.join("\n")));
}
