//! A hostile AWS answers what pgha asks. Inputs are scripts: `checks/answers/script.rs`.

#![no_main]

#[path = "../checks/answers.rs"]
mod checks;

use std::sync::LazyLock;

use libfuzzer_sys::fuzzer_mutate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::check(bytes));

// A mutation of bytes rarely makes a line that says anything: most are made of the words that
// scripts have.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice(u64::from(seed));
    if dice.roll(8) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let text = String::from_utf8_lossy(&data[..size]);
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    mutate(&mut lines, &mut dice);
    let mut script = lines.join("\n").into_bytes();
    script.truncate(max_size);
    data[..script.len()].copy_from_slice(&script);
    script.len()
});

static VOCABULARY: LazyLock<Vec<(String, Vec<String>)>> = LazyLock::new(checks::vocabulary);

/// Values that somebody may have forgotten.
const VALUES: &[&str] = &[
    "",
    " ",
    "\\n",
    "0",
    "-1",
    "1",
    "65536",
    "2147483647",
    "-2147483648",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "1e400",
    "NaN",
    "0.1",
    "true",
    "null",
    "[]",
    "{}",
    "%",
    "%e2%82",
    "%ff%00",
    "é\u{202e}🦀",
    ":",
    "arn:aws:rds",
    "arn:aws:rds:us-west-2:123456789012:db:orders-primary",
    "arn:aws-cn:rds:cn-north-1:123456789012:db:orders-primary",
    "orders-primary",
    "orders-",
    "ledger-cluster",
    "available",
    "deleting",
    "storage-optimization",
    "pending-reboot",
    "removing",
    "16",
    "16.",
    "999999999999.1",
    "db.r6g.",
    "gp3",
    "sun:04:00-sun:05:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60.999999999999Z",
    "2026-01-01",
    "rate(99999999999999999999 days)",
    "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
    "a:b:c",
    "BCBFKliso:",
    "pgha:cluster",
    "page-{n}",
    "again",
];

/// What answers to changes name.
const IDS: &[&str] = &[
    "RequestId",
    "GroupId",
    "TopicArn",
    "SubscriptionArn",
    "ARN",
    "Role/Arn",
    "Role/RoleId",
    "Policy/Arn",
    "DBInstance/DBInstanceArn",
    "DBInstance/DbiResourceId",
    "DBInstance/MasterUserSecret/SecretArn",
    "DBCluster/DBClusterArn",
    "DBCluster/DbClusterResourceId",
    "DBSnapshot/DBSnapshotArn",
    "DBInstanceAutomatedBackup/DBInstanceAutomatedBackupsArn",
    "DBProxy/DBProxyArn",
    "DBProxyEndpoint/DBProxyEndpointArn",
    "EventSubscription/EventSubscriptionArn",
];

/// Fields of lists that go on.
const MARKERS: &[&str] = &["Marker", "NextToken", "nextToken", "IsTruncated"];

/// What a secret may hold when it is not pgha's.
const SECRETS: &[&str] = &[
    "\"{password}\"",
    "{\"password\": \"{password}\"}",
    "\"{\\\"password\\\": [\\\"{password}\\\"]}\"",
    "\"{\\\"password\\\": \\\"{password}\"",
    "null",
];

const ERRORS: &[&str] = &[
    "DBInstanceNotFound gone",
    "DBInstanceAlreadyExists there",
    "InvalidDBInstanceState busy",
    "Throttling slow down",
    "AccessDenied no",
    "InvalidParameterValue the password {password} is weak",
    "ResourceNotFoundException ",
    " ",
];

fn mutate(lines: &mut Vec<String>, dice: &mut Dice) {
    let at = dice.roll(lines.len().max(1));
    match dice.roll(8) {
        0..4 => lines.insert(at, line(dice)),
        4 if lines.is_empty() => lines.push("cluster".into()),
        4 => drop(lines.remove(at)),
        5 if lines.first().is_some_and(|first| first == "cluster") => drop(lines.remove(0)),
        5 => lines.insert(0, "cluster".into()),
        _ => match lines.get(at).and_then(|line| line.split_once(" = ")) {
            Some((left, _)) => lines[at] = format!("{left} = {}", dice.pick(VALUES)),
            None => lines.push(line(dice)),
        },
    }
}

fn line(dice: &mut Dice) -> String {
    let (operation, fields) = &VOCABULARY[dice.roll(VOCABULARY.len())];
    let field = match fields.is_empty() {
        true => dice.pick(IDS),
        false => fields[dice.roll(fields.len())].as_str(),
    };
    let operation = if dice.roll(24) == 0 { "*" } else { operation };
    let value = dice.pick(VALUES);
    match dice.roll(16) {
        0 => format!("{operation} !without = {field}"),
        1 => format!("{operation} !twice = {field}"),
        2 => format!(
            "{operation} !status = {}",
            dice.pick(&["200", "204", "301", "404", "500", "503"])
        ),
        3 => format!("{operation} !error = {}", dice.pick(ERRORS)),
        4 => format!("{operation} !cut = {}", dice.roll(2000)),
        5 => format!(
            "{operation} !header = {}: {value}",
            dice.pick(&["x-amzn-requestid", "retry-after", "date", "content-type"])
        ),
        6 => format!("{operation} {} = {value}", dice.pick(MARKERS)),
        7 if dice.roll(2) == 0 => {
            format!("secretsmanager:GetSecretValue SecretString = {}", dice.pick(SECRETS))
        }
        7 => format!("{operation} !gone = "),
        8..12 => format!("{operation} {field}#{} = {value}", dice.roll(6)),
        _ => format!("{operation} {field} = {value}"),
    }
}

/// Splitmix64: the numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}
