//! Endpoints in the files of the AWS configuration: of the profile, and of the services that
//! it names (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).

use std::collections::BTreeSet;
use std::path::PathBuf;

/// The files, with the variables that name others
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>).
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];

/// The endpoints that the profile in use sets, each with where it stands. A file that cannot
/// be read sets none.
pub(super) fn endpoints(profile: Option<&str>) -> Vec<(String, String)> {
    let ambient = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let profile = profile.map(str::to_string).or(ambient).unwrap_or_else(|| "default".into());
    let paths = FILES.iter().filter_map(|(variable, usual)| path(variable, usual));
    let mut endpoints = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let place = format!("the profile {profile} in {}", path.display());
        endpoints.extend(of_profile(&text, &profile).into_iter().map(|url| (place.clone(), url)));
    }
    endpoints
}

/// Why a profile cannot be used: no file has it. Names those that there are.
pub(super) fn missing(profile: &str) -> Option<String> {
    let paths = FILES.iter().filter_map(|(variable, usual)| path(variable, usual));
    let texts = paths.map(|path| std::fs::read_to_string(path).unwrap_or_default());
    let there: BTreeSet<String> = texts.flat_map(|text| names(&text)).collect();
    match there.is_empty() {
        _ if there.contains(profile) => None,
        true => Some("there are no profiles on this machine".into()),
        false => Some(format!("there is: {}", there.into_iter().collect::<Vec<_>>().join(", "))),
    }
}

/// The first line that the SDK cannot read, as `FILE:LINE: why`: it takes no credentials from files
/// of which one has such a line. What stands there is not shown, because it may be a secret.
pub(crate) fn malformed() -> Option<String> {
    let paths = FILES.iter().filter_map(|(variable, usual)| path(variable, usual));
    paths.into_iter().find_map(|path| {
        let (line, why) = match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) => fault(&text)?,
            Ok(Err(_)) => return Some(format!("{} is no text", path.display())),
            // One that is not there sets nothing.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => return Some(format!("cannot read {}: {error}", path.display())),
        };
        Some(format!("{}:{line}: {why}", path.display()))
    })
}

/// The line and the reason, by the SDK's rules: a name in brackets, `key = value` below it, and
/// lines that begin with a space go on
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).
fn fault(text: &str) -> Option<(usize, &'static str)> {
    let blank = [' ', '\t'];
    // What a line that begins with a space goes on with, and whether that is a list of settings.
    let (mut in_profile, mut property) = (false, None);
    for (at, line) in text.lines().enumerate() {
        let bare = line.trim_matches(blank);
        if bare.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let why = if line.starts_with('[') {
            (in_profile, property) = (true, None);
            let name = bare.split(['#', ';']).next().unwrap_or(bare).trim_end_matches(blank);
            (!name.ends_with(']')).then_some("the name of a profile ends with `]`")
        } else if !in_profile {
            Some("a setting stands below a profile: `[default]` or `[profile NAME]`")
        } else if line.starts_with(blank) {
            match property {
                None => Some("a line that begins with a space goes on with a setting above it"),
                Some(true) => unset(bare),
                Some(false) => None,
            }
        } else {
            property = Some(bare.split_once('=').is_some_and(|(_, value)| value.trim().is_empty()));
            unset(bare)
        };
        if let Some(why) = why {
            return Some((at + 1, why));
        }
    }
    None
}

fn unset(setting: &str) -> Option<&'static str> {
    let key = setting.split_once('=').map(|(key, _)| key.trim());
    key.is_none_or(str::is_empty).then_some("a setting is written `key = value`")
}

/// The profiles of a file: `[profile NAME]` in one, `[NAME]` in the other.
fn names(text: &str) -> Vec<String> {
    let sections = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    sections
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|name| !name.starts_with("sso-session ") && !name.starts_with("services "))
        .map(|name| name.strip_prefix("profile ").map(str::to_string).unwrap_or(name))
        .collect()
}

fn path(variable: &str, usual: &str) -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => match path.to_str().and_then(|path| path.strip_prefix("~/")) {
            Some(rest) => Some(home()?.join(rest)),
            None => Some(path.into()),
        },
        None => Some(home()?.join(usual)),
    }
}

fn of_profile(text: &str, profile: &str) -> Vec<String> {
    let own = [profile.to_string(), format!("profile {profile}")];
    let values = |section: &dyn Fn(&str) -> bool, key: &str| -> Vec<String> {
        let lines = lines(text).into_iter();
        let chosen = lines.filter(|(name, found, _)| section(name) && found == key);
        chosen.map(|(.., value)| value).collect()
    };
    let is_own = |name: &str| own.iter().any(|own| own == name);
    let services: Vec<String> =
        values(&is_own, "services").iter().map(|name| format!("services {name}")).collect();
    let is_service = |name: &str| services.iter().any(|service| service == name);
    [values(&is_own, "endpoint_url"), values(&is_service, "endpoint_url")].concat()
}

/// Section, key and value of every setting; those of one service are indented below its name.
fn lines(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.split_whitespace().collect::<Vec<_>>().join(" ");
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.split(" #").next().unwrap_or(value).trim();
            lines.push((section.clone(), key.trim().to_ascii_lowercase(), value.to_string()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(profile: &str, urls: &[&str]) {
        let text = "
            [default]
            region = us-east-1
            endpoint_url = http://a
            [ profile  lab ]
            services = there
            [services there]
            rds =
              endpoint_url = http://b  # the lab
            sns =
              endpoint_url=http://c
            [services elsewhere]
            # endpoint_url = http://d
            endpoint_url = http://e
        ";
        assert_eq!(of_profile(text, profile), urls, "{profile}");
    }

    #[track_caller]
    fn check_fault(text: &str, line: Option<usize>) {
        assert_eq!(fault(text).map(|(line, _)| line), line, "{text}");
    }

    #[test]
    fn a_line_that_the_sdk_cannot_read_is_found() {
        check_fault("# x\n[default]\nregion = a\n\n[profile x] # y\nrds =\n  url = b\n", None);
        check_fault("[default]\nregion = a\n  goes on\n", None);
        check_fault("[default\nregion = a\n", Some(1));
        check_fault("region = a\n", Some(1));
        check_fault("[default]\n  region = a\n", Some(2));
        check_fault("[default]\nregion = a\nAKIASECRET\n", Some(3));
        check_fault("[default]\n= a\n", Some(2));
        check_fault("[default]\nrds =\n  endpoint\n", Some(3));
    }

    #[test]
    fn a_profile_has_its_own_endpoints_and_those_of_its_services() {
        check("default", &["http://a"]);
        check("lab", &["http://b", "http://c"]);
        check("nobody", &[]);
    }
}
