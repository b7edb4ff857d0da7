//! Another place than AWS to send calls to, and which of them may be used.
//!
//! Calls are signed, not encrypted: over plain HTTP everybody on the way reads the database's
//! new password and writes the answers. So plain HTTP is for this machine alone, where
//! emulators are. A URL with a user name, a password or a query is refused as well, because
//! it would be printed in errors.

mod profile;

pub(crate) use self::profile::malformed;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::args::{Global, SANDBOX};
use crate::error::CommandError;
use crate::exit::Exit;

/// The SDK reads this one and, with a service's name behind it, one a service:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
const VARIABLE: &str = "AWS_ENDPOINT_URL";
/// Switches those off, and the profile's.
const IGNORED: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// Where calls would go.
#[derive(Debug, PartialEq, Eq)]
struct Endpoint<'a> {
    plain: bool,
    host: &'a str,
}

/// Why a text is no endpoint.
#[derive(Debug, PartialEq, Eq)]
enum Unfit {
    /// It is no URL of a service.
    Shape,
    /// It carries a secret, or what may be one.
    Secret,
    /// Everybody on the way could read along.
    Plain,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "is no URL such as https://rds.example.com or http://127.0.0.1:5000",
            Self::Secret => "has a user name, a password or a query in it, which errors would show",
            Self::Plain => {
                "is plain http, and not this machine: everybody on the way could read and change calls"
            }
        })
    }
}

impl<'a> Endpoint<'a> {
    fn parse(url: &'a str) -> Result<Self, Unfit> {
        if url.contains(['@', '?', '#']) {
            return Err(Unfit::Secret);
        }
        // Whatever two readers of URLs could take differently is none of ours.
        let usual = |c: char| c.is_ascii_alphanumeric() || ":/.-_~[]%".contains(c);
        let (scheme, rest) = url.split_once("://").ok_or(Unfit::Shape)?;
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = host(authority).filter(|_| url.chars().all(usual)).ok_or(Unfit::Shape)?;
        match scheme.to_ascii_lowercase().as_str() {
            "https" => Ok(Self { plain: false, host }),
            "http" => Ok(Self { plain: true, host }),
            _ => Err(Unfit::Shape),
        }
    }

    fn is_this_machine(&self) -> bool {
        let four = self.host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
        let six = self.host.trim_start_matches('[').trim_end_matches(']');
        let six = six.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
        four || six || self.host.eq_ignore_ascii_case("localhost")
    }
}

/// The host of `host`, `host:port`, `[host]` or `[host]:port`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.find(']') {
        Some(end) => (authority.get(..=end)?, authority.get(end + 1..)?),
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let is_port = port.is_empty() || port.strip_prefix(':')?.parse::<u16>().is_ok();
    let plain = !host.is_empty() && !host.contains('%');
    (plain && is_port).then_some(host)
}

fn judge(url: &str) -> Result<(), Unfit> {
    let endpoint = Endpoint::parse(url)?;
    match endpoint.plain && !endpoint.is_this_machine() {
        true => Err(Unfit::Plain),
        false => Ok(()),
    }
}

fn refused(name: &str, unfit: &Unfit) -> CommandError {
    // The URL itself may hold a secret: its source says which one it is.
    let said = format!("the endpoint of {name} {unfit}");
    let error = match unfit {
        Unfit::Shape => CommandError { exit: Exit::Usage, ..CommandError::failed(said) },
        Unfit::Secret | Unfit::Plain => CommandError::refused(said),
    };
    error.hint(
        "use https, or an address of this machine (127.0.0.1, [::1] or localhost), or unset it",
    )
}

/// Refuses a profile that is not there, and an endpoint that calls may not go to, whoever set it: the flags, the environment,
/// or the profile.
pub fn check(global: &Global) -> Result<(), CommandError> {
    if let Some(name) = &global.profile
        && let Some(there) = profile::missing(name)
    {
        let said = format!("there is no profile {name} in ~/.aws/config or ~/.aws/credentials");
        return Err(CommandError::failed(said).hint(there));
    }
    let flag = global.endpoint_url.iter().map(|url| ("--endpoint-url".to_string(), url.clone()));
    let configured = configured(global);
    for (name, url) in flag.chain(configured) {
        judge(&url).map_err(|unfit| refused(&name, &unfit))?;
    }
    Ok(())
}

/// Endpoints that the SDK takes from the environment and from the profile.
fn configured(global: &Global) -> Vec<(String, String)> {
    let is_true = |value: String| value.eq_ignore_ascii_case("true");
    if std::env::var(IGNORED).is_ok_and(is_true) {
        return Vec::new();
    }
    let texts = std::env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    let variables = texts.filter(|(name, _)| name.starts_with(VARIABLE));
    variables.chain(profile::endpoints(global.profile.as_deref())).collect()
}

/// The name of the place that the flags lead to, for a saved plan.
pub fn place(global: &Global) -> String {
    let variable = || std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    match (&global.sandbox, &global.endpoint_url) {
        (Some(path), _) => sandbox(path),
        (None, Some(url)) => url.clone(),
        (None, None) => variable().unwrap_or_else(|| "AWS".into()),
    }
}

/// A sandbox by its file, however that is written: each is an account of its own.
fn sandbox(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let folder = std::env::current_dir().unwrap_or_default();
    match whole.strip_prefix(folder).unwrap_or(&whole) {
        usual if usual == Path::new(SANDBOX) => "the sandbox".into(),
        other => format!("the sandbox {}", other.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sandbox_is_a_place_of_its_own() {
        assert_eq!(sandbox(Path::new(SANDBOX)), "the sandbox");
        assert_eq!(sandbox(Path::new("./.pgha/sandbox.json")), "the sandbox");
        assert_eq!(sandbox(Path::new("./s.json")), "the sandbox s.json");
        assert_eq!(sandbox(Path::new("/tmp/./s.json")), "the sandbox /tmp/s.json");
    }

    #[track_caller]
    fn check(url: &str, unfit: Option<Unfit>) {
        assert_eq!(judge(url).err(), unfit, "{url}");
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for host in ["127.0.0.1", "127.1.2.3:5000", "localhost", "LOCALHOST:1/x", "[::1]:80"] {
            check(&format!("http://{host}"), None);
            check(&format!("HTTP://{host}"), None);
        }
        for host in ["10.0.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com"] {
            check(&format!("http://{host}:80/"), Some(Unfit::Plain));
            check(&format!("https://{host}:443/"), None);
        }
        for host in ["0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433", "127.1"] {
            check(&format!("http://{host}"), Some(Unfit::Plain));
        }
    }

    #[test]
    fn what_may_be_a_secret_is_refused_unread() {
        for url in ["https://me:pw@example.com", "http://127.0.0.1@example.com", "https://x/?t=1"] {
            check(url, Some(Unfit::Secret));
        }
        check("https://example.com/#x", Some(Unfit::Secret));
        let said = refused("--endpoint-url", &Unfit::Secret).render();
        assert!(!said.contains("me:pw"), "{said}");
    }

    #[test]
    fn what_is_no_url_is_said_to_be_none() {
        for url in ["", "example.com", "http://", "ftp://127.0.0.1", "http://127.0.0.1:x"] {
            check(url, Some(Unfit::Shape));
        }
        for url in ["http://127.0.0.1\\.example.com", "http://127.0.0.1 .example.com"] {
            check(url, Some(Unfit::Shape));
        }
        check("http://[::1]x:80", Some(Unfit::Shape));
        check("http://%31", Some(Unfit::Shape));
    }
}
