//! Random specs: every section and most keys, in combinations that nobody would think of.

use std::fmt::Write;

use crate::random::Dice;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000002";
const AWAY_KEY: &str =
    "arn:aws:kms:us-west-2:123456789012:key/00000000-0000-4000-8000-000000000001";
const ROTATES: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate";

/// The VPC and its subnets; without these lines they are the default VPC's, in every zone.
pub const NETWORK: [&str; 2] =
    ["vpc = { tag = { Name = \"main\" } }", "subnets = { tag = { tier = \"data\" } }"];

/// Parameters with values that PostgreSQL takes: dynamic and static ones, and those that a
/// standby must not have lower than its primary.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("max_connections", &["120", "200", "500"]),
    ("work_mem", &["\"16MB\"", "\"64MB\""]),
    ("log_statement", &["\"ddl\"", "\"all\""]),
    ("log_min_duration_statement", &["\"1s\"", "\"500ms\""]),
    (
        "shared_preload_libraries",
        &["\"pg_stat_statements\"", "[\"pg_stat_statements\", \"auto_explain\"]"],
    ),
    ("track_activity_query_size", &["2048", "4096"]),
    ("max_worker_processes", &["8", "16"]),
    ("max_prepared_transactions", &["0", "50"]),
    ("\"rds.force_ssl\"", &["0", "1"]),
    ("log_lock_waits", &["true", "false"]),
];

/// The text of a spec, and whether it is valid: a few combinations are refused.
pub fn write(dice: &Dice) -> String {
    let mut writer = Writer { dice, text: String::new() };
    writer.spec();
    writer.text
}

struct Writer<'a> {
    dice: &'a Dice,
    text: String,
}

impl Writer<'_> {
    fn line(&mut self, line: impl AsRef<str>) {
        writeln!(self.text, "{}", line.as_ref()).expect("a text takes everything");
    }

    fn chance(&self, name: &str, percent: usize) -> bool {
        self.dice.chance(name, percent)
    }

    /// `key = value` with one of the values, in so many of a hundred specs.
    fn maybe(&mut self, section: &str, percent: usize, key: &str, values: &[&str]) {
        let name = format!("{section}.{key}");
        if self.chance(&name, percent) {
            let value = self.dice.pick(&format!("{name}="), values);
            self.line(format!("{key} = {value}"));
        }
    }

    fn spec(&mut self) {
        let topology = *self.dice.pick(
            "topology",
            &["multi-az-instance", "multi-az-instance", "single-az", "multi-az-cluster"],
        );
        let is_cluster = topology == "multi-az-cluster";
        self.line("[cluster]");
        self.line("name = \"orders\"");
        self.line("region = \"us-east-1\"");
        self.line("account = \"123456789012\"");
        self.line(format!("topology = \"{topology}\""));
        self.maybe("cluster", 20, "deletion_protection", &["false", "true"]);
        self.maybe("cluster", 50, "tags", &["{ team = \"payments\" }", "{ team = \"billing\" }"]);
        self.engine(is_cluster);
        self.network();
        self.storage(is_cluster);
        self.credentials(is_cluster);
        self.backup(is_cluster);
        self.maintenance();
        self.parameters();
        self.monitoring();
        if !is_cluster {
            self.replicas();
        }
        self.proxy(is_cluster);
        self.alerting();
        self.guard(is_cluster);
        if self.text.contains("iam_auth = true") {
            self.line("[iam]");
            self.maybe("iam", 50, "users", &["[\"app\"]", "[\"app\", \"report\"]"]);
        }
    }

    fn engine(&mut self, is_cluster: bool) {
        self.line("[engine]");
        let versions = ["\"16\"", "\"17\"", "\"16.14\"", "\"16.15\"", "\">=16.13\"", "\"15\""];
        self.line(format!("version = {}", self.dice.pick("version", &versions)));
        let classes = match is_cluster {
            true => ["db.r6gd.large", "db.r6gd.xlarge", "db.m6gd.large"],
            false => ["db.r6g.large", "db.r6g.xlarge", "db.m8g.large"],
        };
        self.line(format!("class = \"{}\"", self.dice.pick("class", &classes)));
        if self.chance("database", 70) {
            self.line("database = \"app\"");
        }
        if !is_cluster {
            self.maybe("engine", 15, "port", &["5433", "5432"]);
        }
        self.maybe("engine", 25, "iam_auth", &["true", "false"]);
        self.maybe("engine", 10, "lifecycle_support", &["true", "false"]);
        if !is_cluster {
            self.maybe("engine", 10, "ca_certificate", &["\"rds-ca-rsa4096-g1\""]);
        }
    }

    fn network(&mut self) {
        self.line("[network]");
        NETWORK.iter().for_each(|line| self.line(line));
        match self.chance("chain", 30) {
            true => {
                self.line("security_groups = \"chain\"");
                self.line("allow = [\"app\"]");
            }
            false => self.maybe(
                "network",
                60,
                "allow",
                &["[\"10.0.0.0/16\", \"self\"]", "[\"10.1.0.0/16\"]", "[\"self\"]"],
            ),
        }
    }

    fn storage(&mut self, is_cluster: bool) {
        self.line("[storage]");
        match self.dice.roll("storage", if is_cluster { 1 } else { 4 }) {
            0 => {
                self.line("type = \"io1\"");
                self.line("size = \"200 GiB\"");
                self.maybe("io1", 100, "iops", &["3000", "5000"]);
                if !is_cluster {
                    self.maybe("io1", 25, "dedicated_log_volume", &["true", "false"]);
                }
            }
            1 => {
                self.line("size = \"500 GiB\"");
                self.maybe("gp3", 50, "iops", &["12000", "16000"]);
                self.maybe("gp3", 30, "throughput", &["500", "1000"]);
            }
            _ => {
                let sizes = ["\"100 GiB\"", "\"120 GiB\"", "\"200 GiB\"", "\"380 GiB\""];
                self.maybe("storage", 60, "size", &sizes);
                self.maybe("storage", 50, "max_size", &["\"400 GiB\"", "\"off\"", "\"1 TiB\""]);
            }
        }
        if self.chance("storage key", 20) {
            self.line(format!("kms_key = \"{KEY}\""));
        }
    }

    fn credentials(&mut self, is_cluster: bool) {
        self.line("[credentials]");
        // RDS manages the password of no database with replicas.
        let replicas = || ["read-1", "read-2", "read-3", "away"].map(|name| self.has_replica(name));
        if is_cluster || !replicas().contains(&true) {
            self.maybe("credentials", 20, "manage", &["\"rds\"", "\"pgha\""]);
        }
        self.maybe("credentials", 15, "kms_key", &[&format!("\"{KEY}\"")]);
        if !self.text.contains("manage = \"rds\"") {
            let rotation = |days| format!("{{ days = {days}, function = \"{ROTATES}\" }}");
            self.maybe("credentials", 15, "rotation", &[&rotation(30), &rotation(60)]);
        }
    }

    fn has_replica(&self, name: &str) -> bool {
        let percent = match name {
            "read-1" | "read-2" => 40,
            "read-3" => 10,
            _ => 25,
        };
        self.chance(name, percent)
    }

    fn backup(&mut self, is_cluster: bool) {
        self.line("[backup]");
        self.maybe("backup", 50, "retention", &["\"14 days\"", "\"35 days\"", "\"1 day\""]);
        self.maybe("backup", 20, "window", &["\"02:00-03:00\"", "\"03:00-03:30\""]);
        self.maybe("backup", 15, "copy_tags", &["false", "true"]);
        if !is_cluster && self.chance("replicate", 25) {
            let days = self.dice.pick("replicate days", &["7", "14"]);
            self.line(format!(
                "replicate_to = {{ region = \"us-west-2\", retention = \"{days} days\", kms_key = \"{AWAY_KEY}\" }}"
            ));
        }
    }

    fn maintenance(&mut self) {
        self.line("[maintenance]");
        self.maybe(
            "maintenance",
            40,
            "window",
            &["\"tue:04:00-tue:05:00\"", "\"sat:11:30-sat:13:00\""],
        );
        self.maybe("maintenance", 50, "apply", &["\"immediately\"", "\"in-window\""]);
        self.maybe("maintenance", 20, "auto_minor", &["false", "true"]);
    }

    fn parameters(&mut self) {
        self.line("[parameters]");
        for (name, values) in PARAMETERS {
            self.maybe("parameters", 35, name, values);
        }
    }

    fn monitoring(&mut self) {
        self.line("[monitoring]");
        self.maybe("monitoring", 40, "interval", &["\"15s\"", "\"60s\"", "\"off\""]);
        self.maybe(
            "monitoring",
            40,
            "insights",
            &[
                "{ mode = \"off\" }",
                "{ mode = \"standard\", retention = \"31 days\" }",
                "{ mode = \"advanced\", retention = \"465 days\" }",
            ],
        );
        self.maybe("monitoring", 30, "log_exports", &["[\"postgresql\"]", "[]"]);
    }

    fn replicas(&mut self) {
        let mut there: Vec<&str> = Vec::new();
        for name in ["read-1", "read-2", "read-3"] {
            if !self.has_replica(name) {
                continue;
            }
            self.line(format!("[[replica]]\nname = \"{name}\""));
            if !there.is_empty() && self.chance(&format!("{name} cascades"), 40) {
                let source = self.dice.pick(&format!("{name} from"), &there);
                self.line(format!("source = \"{source}\""));
            }
            there.push(name);
            self.maybe(name, 20, "class", &["\"db.r6g.large\"", "\"db.r6g.xlarge\""]);
            match self.chance(&format!("{name} standby"), 10) {
                true => self.maybe(name, 90, "multi_az", &["true", "false"]),
                false => self.maybe(name, 15, "zone", &["\"us-east-1b\"", "\"us-east-1c\""]),
            }
            self.maybe(name, 15, "deletion_protection", &["false"]);
            self.maybe(name, 15, "backup_retention", &["\"1 day\"", "\"7 days\""]);
            self.maybe(name, 10, "backup_window", &["\"02:00-03:00\"", "\"06:00-06:30\""]);
            self.maybe(name, 15, "maintenance_window", &["\"mon:05:00-mon:06:00\""]);
            self.maybe(name, 15, "monitoring", &["{ interval = \"15s\" }", "{ log_exports = [] }"]);
            self.maybe(
                name,
                10,
                "storage",
                &["{ size = \"600 GiB\", max_size = \"2 TiB\" }", "{ max_size = \"2 TiB\" }"],
            );
            self.maybe(name, 10, "allow", &["[\"10.2.0.0/16\"]", "[\"10.3.0.0/16\"]"]);
            let parameters = ["{ statement_timeout = \"5min\" }", "{ max_connections = 600 }"];
            self.maybe(name, 25, "parameters", &parameters);
        }
        if self.has_replica("away") {
            self.line("[[replica]]\nname = \"dr\"\nregion = \"us-west-2\"");
            self.line(format!("kms_key = \"{AWAY_KEY}\""));
            self.maybe("away", 30, "multi_az", &["true", "false"]);
            if self.chance("away cascades", 25) {
                self.line("[[replica]]\nname = \"dr-read\"\nregion = \"us-west-2\"");
                self.line("source = \"dr\"");
            }
        }
    }

    fn proxy(&mut self, is_cluster: bool) {
        if !self.chance("proxy", 45) {
            return;
        }
        self.line("[proxy]");
        match self.text.contains("iam_auth = true") {
            true => self.maybe("proxy", 70, "auth", &["\"iam-end-to-end\"", "\"iam\""]),
            false => self.maybe("proxy", 50, "auth", &["\"secrets\"", "\"iam\""]),
        }
        self.maybe("proxy", 40, "max_connections", &["\"80%\"", "\"95%\""]);
        self.maybe("proxy", 20, "max_idle", &["\"10%\"", "\"50%\""]);
        self.maybe("proxy", 20, "borrow_timeout", &["\"10s\"", "\"2 min\""]);
        self.maybe("proxy", 15, "debug_logging", &["true", "false"]);
        self.maybe("proxy", 30, "idle_timeout", &["\"10 min\"", "\"1 h\""]);
        self.maybe("proxy", 20, "require_tls", &["true"]);
        self.maybe("proxy", 20, "init_query", &["\"SET work_mem = '8MB'\""]);
        if self.chance("endpoint", 30) {
            self.line("[[proxy.endpoint]]\nname = \"extra\"");
            if is_cluster && self.chance("endpoint role", 50) {
                self.line("role = \"read-only\"");
            }
        }
    }

    fn alerting(&mut self) {
        if self.chance("alerting", 60) {
            self.line("[alerting]");
            self.maybe(
                "alerting",
                80,
                "emails",
                &["[\"oncall@example.com\"]", "[\"dba@example.com\"]"],
            );
            self.maybe("alerting", 15, "events", &["[\"failover\", \"failure\"]", "[]"]);
            self.maybe(
                "alerting",
                25,
                "subscriptions",
                &[
                    "[{ protocol = \"https\", endpoint = \"https://pager.example.com/rds\" }]",
                    "[{ protocol = \"https\", endpoint = \"https://pager.example.com/db\" }]",
                ],
            );
            if self.chance("cpu", 40) {
                self.line("[alerting.alarms.cpu]");
                self.maybe("cpu", 100, "threshold", &["70", "80"]);
                self.maybe("cpu", 20, "period", &["\"60s\"", "\"300s\""]);
            }
            if self.chance("memory", 15) {
                self.line("[alerting.alarms.memory]\noff = true");
            }
        }
        if self.chance("alarm", 20) {
            self.line("[[alarm]]\nname = \"swap\"\nmetric = \"SwapUsage\"");
            self.maybe("alarm", 100, "threshold", &["1000", "2000"]);
            self.maybe("alarm", 30, "statistic", &["\"Maximum\"", "\"p90\""]);
            self.maybe("alarm", 30, "evaluation_periods", &["3", "5"]);
            self.maybe("alarm", 20, "missing_data", &["\"breaching\"", "\"ignore\""]);
            self.maybe("alarm", 20, "on", &["\"primary\""]);
        }
        if self.chance("snapshot", 20) {
            self.line("[[snapshot]]\nname = \"baseline\"");
        }
    }

    fn guard(&mut self, is_cluster: bool) {
        self.line("[guard]");
        let protected = match is_cluster {
            true => "[\"db-cluster/orders-cluster\"]",
            false => "[\"db-instance/orders-primary\"]",
        };
        self.maybe("guard", 20, "protected", &[protected]);
        if self.text.contains("\ndeletion_protection = false") {
            self.line("[[guard.allow]]\nlint = \"PGHA064\"\nreason = \"a trial\"");
            self.line("until = \"2099-12-31\"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_are_valid() {
        let valid = |seed: &u64| {
            let text = write(&Dice::new(*seed));
            pgha_spec::load("cluster.toml", &text).is_ok()
        };
        let refused: Vec<u64> = (0..300).filter(|seed| !valid(seed)).collect();
        assert!(refused.len() < 10, "{} of 300 are refused", refused.len());
    }
}
