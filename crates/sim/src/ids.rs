//! Identifiers in the shapes AWS gives them, made from a counter so that runs repeat.

use pgha_resource::Address;
use pgha_resource::digest::sha256_hex;

use crate::account::Account;

/// `prefix-0` and sixteen hexadecimal digits that follow from a text, as EC2 writes ids.
pub(crate) fn ec2_id(prefix: &str, seed: &str) -> String {
    format!("{prefix}-0{}", &sha256_hex(seed)[..16])
}

/// Six characters that follow from a text, as RDS appends them to the names of green instances.
pub(crate) fn short(seed: &str) -> String {
    suffix(seed)
}

/// Six characters that follow from a text, as Secrets Manager appends them to a name.
fn suffix(seed: &str) -> String {
    sha256_hex(seed)[..6].to_string()
}

impl Account {
    fn seed(&mut self, key: &Address) -> String {
        format!("{key} {}", self.next())
    }

    /// A new EC2 id.
    pub fn new_ec2_id(&mut self, prefix: &str, key: &Address) -> String {
        ec2_id(prefix, &self.seed(key))
    }

    /// A new immutable id of a database or a proxy: `db-` and 26 characters.
    pub fn new_resource_id(&mut self, prefix: &str, key: &Address) -> String {
        format!("{prefix}-{}", sha256_hex(&self.seed(key))[..26].to_ascii_uppercase())
    }

    /// The ARN of something of RDS whose ARN does not follow from its name.
    pub fn rds_arn(&self, key: &Address, what: &str, id: &str) -> String {
        let (partition, region, number) = (self.partition(key), self.region(key), &self.number);
        format!("arn:{partition}:rds:{region}:{number}:{what}:{id}")
    }

    /// The ARN of a new secret.
    pub fn new_secret_arn(&mut self, key: &Address, name: &str) -> String {
        let suffix = suffix(&self.seed(key));
        let region = self.region(key);
        let partition = self.partition(key);
        let number = &self.number;
        format!("arn:{partition}:secretsmanager:{region}:{number}:secret:{name}-{suffix}")
    }

    /// The key that AWS itself keeps for a service in a region.
    pub fn service_key(&self, key: &Address, service: &str) -> String {
        let region = self.region(key);
        let hex = sha256_hex(&format!("{region} aws/{service}"));
        let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
        let partition = self.partition(key);
        let number = &self.number;
        format!("arn:{partition}:kms:{region}:{number}:key/{a}-{b}-{c}-{d}-{e}")
    }
}

/// The region and the name in the ARN of a DB instance.
pub(crate) fn instance_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(6, ':');
    let (_, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
    (service == "rds" && kind == "db").then_some((region, name))
}

/// The region in any ARN.
pub(crate) fn arn_region(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(2)
}
