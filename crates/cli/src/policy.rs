//! Least-privilege IAM policies for those who plan, those who apply, and the application.
//!
//! They follow from the spec and from the calls that pgha makes: [`Operation::ALL`] and the
//! table of reading calls. A cluster's policy allows the changing calls of every kind, because
//! what left the spec has to go, but only on resources named like the cluster, and passes only
//! the roles and uses only the keys that the spec names.
//!
//! [`Operation::ALL`]: pgha_resource::Operation::ALL

pub mod calls;
mod named;

use std::collections::BTreeSet;

use pgha_resource::live::OWNER_TAG;
use pgha_resource::{Desired, Kind, Region};
use serde_json::{Value, json};

use self::named::Named;

/// The most characters of a managed policy, white space not counted
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub const LARGEST: usize = 6144;

/// Statements of policies.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    statements: Vec<Value>,
}

fn statement(sid: &str, actions: &[String], resources: &[String]) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources })
}

fn when(mut statement: Value, condition: Value) -> Value {
    statement["Condition"] = condition;
    statement
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_string).to_vec()
}

/// For `plan`, `drift` and `status`: nothing is changed, and no secret's value is read.
pub fn plan() -> Policy {
    let actions = calls::READING.map(str::to_string);
    Policy { statements: vec![statement("Look", &actions, &texts(["*"]))] }
}

/// For `apply` and `destroy`, which look as well.
pub fn apply(desired: &Desired) -> Policy {
    let named = Named::of(desired);
    let mut statements = plan().statements;
    statements.push(statement("ChangeAnywhere", &calls::anywhere(), &texts(["*"])));
    statements.extend(network(&named, &desired.scope.cluster));
    statements.extend(by_name(&named));
    statements.push(databases(&named));
    statements.extend(roles(&named));
    statements.extend(keys(&named));
    statements.extend(functions(&named));
    statements.extend(rds_secrets(&named));
    Policy { statements }
}

/// Security groups have no names in their ARNs: those that are there are known by their tag, which
/// only a new one is given (EC2 guide, "Grant permission to tag Amazon EC2 resources during
/// creation", <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html>).
/// The lock is one as well.
fn network(named: &Named, cluster: &str) -> [Value; 3] {
    let (made, changed): (Vec<String>, Vec<String>) = calls::changing("ec2")
        .into_iter()
        .partition(|action| action.as_str() == "ec2:CreateSecurityGroup");
    let groups = named.arn("ec2", "security-group/*");
    let owned = json!({ "StringEquals": { format!("aws:ResourceTag/{OWNER_TAG}"): cluster } });
    let places = [groups.clone(), named.arn("ec2", "vpc/*")];
    let born = json!({ "StringEquals": { "ec2:CreateAction": "CreateSecurityGroup" } });
    let tags = statement(
        "TagNewSecurityGroups",
        &texts(["ec2:CreateTags"]),
        std::slice::from_ref(&groups),
    );
    [
        statement("MakeSecurityGroups", &made, &places),
        when(tags, born),
        when(statement("ChangeOwnSecurityGroups", &changed, &[groups]), owned),
    ]
}

/// Services whose ARNs end with a name of the cluster.
fn by_name(named: &Named) -> Vec<Value> {
    let scoped = |sid, service, kinds: &[(Kind, &str)]| {
        let resources: Vec<String> = kinds
            .iter()
            .flat_map(|(kind, part)| {
                let names = named.own_names(&[*kind]).into_iter();
                names.map(|name| named.arn(service, &format!("{part}{name}"))).collect::<Vec<_>>()
            })
            .collect();
        statement(sid, &calls::changing(service), &resources)
    };
    vec![
        scoped("Topics", "sns", &[(Kind::SnsTopic, "")]),
        scoped("Alarms", "cloudwatch", &[(Kind::Alarm, "alarm:")]),
        scoped("Roles", "iam", &[(Kind::IamRole, "role/"), (Kind::IamPolicy, "policy/")]),
        scoped("Secrets", "secretsmanager", &[(Kind::Secret, "secret:")]),
    ]
}

/// RDS. Proxies and replicated backups have random names in their ARNs; option and default
/// groups are AWS's own, and used by what is made.
fn databases(named: &Named) -> Value {
    let kinds = [
        (Kind::DbInstance, "db"),
        (Kind::DbCluster, "cluster"),
        (Kind::DbParameterGroup, "pg"),
        (Kind::DbClusterParameterGroup, "cluster-pg"),
        (Kind::DbSubnetGroup, "subgrp"),
        (Kind::DbSnapshot, "snapshot"),
        (Kind::DbClusterSnapshot, "cluster-snapshot"),
        (Kind::EventSubscription, "es"),
    ];
    let own = kinds.into_iter().flat_map(|(kind, part)| {
        let names = named.names(&[kind]).into_iter();
        names.map(move |name| format!("{part}:{name}"))
    });
    let others = texts([
        "auto-backup:*",
        "cluster-pg:default*",
        "db-proxy-endpoint:*",
        "db-proxy:*",
        "og:default*",
        "pg:default*",
        "target-group:*",
    ]);
    let resources: Vec<String> = own.chain(others).map(|part| named.arn("rds", &part)).collect();
    statement("Databases", &calls::changing("rds"), &resources)
}

/// Roles are passed to the services that their trust names and to no other; the first database
/// of an account makes RDS's own role.
fn roles(named: &Named) -> Vec<Value> {
    let passed = named.roles().into_iter().enumerate().map(|(at, (role, services))| {
        let to = json!({ "StringEquals": { "iam:PassedToService": services } });
        when(statement(&format!("PassRole{}", at + 1), &texts(["iam:PassRole"]), &[role]), to)
    });
    let linked = "role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS";
    let make = texts(["iam:CreateServiceLinkedRole"]);
    let only = json!({ "StringEquals": { "iam:AWSServiceName": "rds.amazonaws.com" } });
    let linked = when(statement("ServiceLinkedRole", &make, &[named.arn("iam", linked)]), only);
    passed.chain([linked]).collect()
}

/// The spec's keys, through RDS and Secrets Manager alone. AWS's own keys need no permission.
fn keys(named: &Named) -> Vec<Value> {
    let via =
        json!({ "kms:ViaService": ["rds.*.amazonaws.com*", "secretsmanager.*.amazonaws.com*"] });
    let (keys, aliases) = named.keys();
    let uses = texts(["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]);
    let mut statements = Vec::new();
    if !keys.is_empty() {
        let keys: Vec<String> = keys.into_iter().collect();
        statements.push(when(statement("Keys", &uses, &keys), json!({ "StringLike": via })));
    }
    if !aliases.is_empty() {
        let of = json!({ "kms:ResourceAliases": aliases });
        let condition = json!({ "StringLike": via, "ForAnyValue:StringEquals": of });
        let any = [named.arn("kms", "key/*")];
        statements.push(when(statement("KeysByAlias", &uses, &any), condition));
    }
    statements
}

/// Functions are called only where the spec asks for a rotation.
fn functions(named: &Named) -> Option<Value> {
    let functions: Vec<String> = named.functions().into_iter().collect();
    let call = texts(["lambda:InvokeFunction"]);
    (!functions.is_empty()).then(|| statement("Rotation", &call, &functions))
}

/// RDS makes its own secrets with the caller's permissions
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>).
fn rds_secrets(named: &Named) -> Option<Value> {
    let actions = texts(["secretsmanager:CreateSecret", "secretsmanager:TagResource"]);
    let secrets = [named.arn("secretsmanager", "secret:rds!*")];
    named.rds_keeps_secrets().then(|| statement("SecretsOfRds", &actions, &secrets))
}

/// What an application connects with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Region and `db-…`, `cluster-…` or `prx-…` of what it connects to with a token.
    pub hosts: BTreeSet<(Region, String)>,
    /// The database user of the token.
    pub user: String,
    /// Its secret, whose value it reads.
    pub secrets: BTreeSet<String>,
}

/// For the application: its user on its databases, and its secret.
pub fn app(desired: &Desired, client: &Client) -> Policy {
    let named = Named::of(desired);
    let mut statements = Vec::new();
    if !client.hosts.is_empty() {
        let user = |(region, host): &(Region, String)| {
            let arn = named.arn("rds-db", &format!("dbuser:{host}/{}", client.user));
            arn.replacen(":*:", &format!(":{region}:"), 1)
        };
        let users: Vec<String> = client.hosts.iter().map(user).collect();
        statements.push(statement("Connect", &texts(["rds-db:connect"]), &users));
    }
    if !client.secrets.is_empty() {
        let secrets: Vec<String> = client.secrets.iter().cloned().collect();
        let read = texts(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]);
        statements.push(statement("Secret", &read, &secrets));
        let (keys, _) = named.secret_keys();
        if !keys.is_empty() {
            let keys: Vec<String> = keys.into_iter().collect();
            let via =
                json!({ "StringLike": { "kms:ViaService": "secretsmanager.*.amazonaws.com*" } });
            statements.push(when(statement("Key", &texts(["kms:Decrypt"]), &keys), via));
        }
    }
    Policy { statements }
}

impl Policy {
    /// As documents that IAM takes, each as full as it may be.
    pub fn documents(&self) -> Vec<Value> {
        let document =
            |statements: &[Value]| json!({ "Version": "2012-10-17", "Statement": statements });
        let mut full: Vec<Vec<Value>> = vec![Vec::new()];
        for statement in &self.statements {
            let last = full.last_mut().expect("there is one from the start");
            last.push(statement.clone());
            if document(last).to_string().len() > LARGEST && last.len() > 1 {
                last.pop();
                full.push(vec![statement.clone()]);
            }
        }
        full.iter().map(|statements| document(statements)).collect()
    }

    /// Whether some statement allows an action, on some resource: what a test of the calls on
    /// the wire asks, with [`calls::action`].
    pub fn allows(&self, action: &str) -> bool {
        let allowed = self.statements.iter().filter_map(|one| one["Action"].as_array()).flatten();
        allowed.filter_map(Value::as_str).any(|allowed| match allowed.strip_suffix('*') {
            Some(prefix) => action.starts_with(prefix),
            None => action == allowed,
        })
    }
}

#[cfg(test)]
mod tests {
    use pgha_resource::Operation;

    use super::*;

    fn example(name: &str) -> Desired {
        let path = format!("{}/../../specs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        pgha_spec::load("cluster.toml", &text).unwrap().desired
    }

    const EXAMPLES: [&str; 5] = ["minimal", "production", "course", "dr", "multi-az-cluster"];

    #[test]
    fn an_apply_may_make_every_call_and_a_plan_no_change() {
        for name in EXAMPLES {
            let policy = apply(&example(name));
            for operation in Operation::ALL {
                let action = calls::of_operation(*operation);
                assert!(policy.allows(&action), "{name}: {action}");
                assert!(!plan().allows(&action), "{name}: {action}");
            }
            for action in calls::READING.iter().chain(&calls::BESIDE) {
                assert!(policy.allows(action), "{name}: {action}");
            }
        }
        assert!(plan().allows("rds:DescribeDBInstances"));
        assert!(!plan().allows("secretsmanager:GetSecretValue"));
    }

    #[test]
    fn every_document_is_one_that_iam_takes() {
        for name in EXAMPLES {
            let documents = apply(&example(name)).documents();
            let statements: usize =
                documents.iter().map(|d| d["Statement"].as_array().unwrap().len()).sum();
            assert_eq!(statements, apply(&example(name)).statements.len());
            for document in documents {
                assert!(document.to_string().len() <= LARGEST, "{name}: {document}");
            }
        }
    }

    #[test]
    fn a_large_policy_is_split_between_statements() {
        let one = statement("A", &vec!["rds:DescribeDBInstances".to_string(); 90], &texts(["*"]));
        let documents = Policy { statements: vec![one.clone(), one.clone(), one] }.documents();
        assert_eq!(documents.len(), 2);
    }

    #[track_caller]
    fn find<'a>(policy: &'a Policy, sid: &str) -> &'a Value {
        policy.statements.iter().find(|s| s["Sid"] == sid).unwrap_or(&Value::Null)
    }

    #[test]
    fn roles_keys_and_functions_are_those_of_the_spec() {
        let policy = apply(&example("production"));
        let passed = find(&policy, "PassRole1");
        assert_eq!(
            passed["Resource"][0],
            "arn:aws:iam::123456789012:role/orders-monitoring-us-east-1"
        );
        let to = &passed["Condition"]["StringEquals"]["iam:PassedToService"];
        assert_eq!(to, &json!(["monitoring.rds.amazonaws.com"]));
        let keys = find(&policy, "Keys");
        assert!(keys["Resource"][0].as_str().unwrap().contains(":kms:us-west-2:123456789012:key/"));
        assert!(!policy.allows("lambda:InvokeFunction"));
        assert!(!apply(&example("minimal")).allows("kms:Decrypt"));
        let own = &find(&policy, "Secrets")["Resource"];
        assert_eq!(own, &json!(["arn:aws:secretsmanager:*:123456789012:secret:orders-*"]));
    }

    /// Named resources are the cluster's; a role that is given is passed on and never changed.
    #[test]
    fn what_is_given_is_used_and_not_changed() {
        let text = r#"
[cluster]
name = "orders"
region = "us-east-1"
account = "123456789012"
[engine]
version = "16"
class = "db.r6g.large"
[names]
"db-instance/orders-primary" = "legacy"
"iam-role/orders-monitoring-us-east-1" = { given = "rds-monitoring-role" }
"#;
        let policy = apply(&pgha_spec::load("cluster.toml", text).unwrap().desired);
        let databases = find(&policy, "Databases")["Resource"].to_string();
        assert!(databases.contains(":db:legacy\""), "{databases}");
        let passed = find(&policy, "PassRole1")["Resource"].to_string();
        assert!(passed.contains(":role/rds-monitoring-role"), "{passed}");
        let roles = find(&policy, "Roles")["Resource"].to_string();
        assert!(!roles.contains("rds-monitoring-role"), "{roles}");
    }

    #[test]
    fn an_application_has_its_user_and_its_secret() {
        let client = Client {
            hosts: [(Region::new("us-east-1"), "db-ABC".to_string())].into(),
            user: "app".into(),
            secrets: ["arn:aws:secretsmanager:us-east-1:1:secret:orders-master-a1".to_string()]
                .into(),
        };
        let policy = app(&example("minimal"), &client);
        let users = &find(&policy, "Connect")["Resource"];
        assert_eq!(users, &json!(["arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABC/app"]));
        assert!(policy.allows("secretsmanager:GetSecretValue") && !policy.allows("rds:DescribeX"));
    }

    /// Of keys of backups and replicas in another region the application needs none.
    #[test]
    fn an_application_decrypts_with_the_keys_of_its_secrets_alone() {
        let client = Client {
            hosts: BTreeSet::new(),
            user: "app".into(),
            secrets: ["arn:aws:secretsmanager:us-east-1:1:secret:orders-master-a1".to_string()]
                .into(),
        };
        let mut desired = example("production");
        assert!(!app(&desired, &client).allows("kms:Decrypt"));
        for wanted in desired.resources.values_mut() {
            if let pgha_resource::Resource::Secret(secret) = &mut wanted.resource {
                secret.kms_key = Some("11111111-0000-4000-8000-000000000001".into());
            }
        }
        let keys = find(&app(&desired, &client), "Key")["Resource"].clone();
        let own = "arn:aws:kms:us-east-1:123456789012:key/11111111-0000-4000-8000-000000000001";
        assert_eq!(keys, json!([own]));
    }

    #[test]
    fn the_readme_has_the_policy_of_plan() {
        let readme =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md"));
        let json = readme.unwrap().split("```json\n").nth(1).unwrap().to_string();
        let json: Value = serde_json::from_str(json.split("```").next().unwrap()).unwrap();
        assert_eq!(vec![json], plan().documents());
    }
}
