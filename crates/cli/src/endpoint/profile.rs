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

    #[test]
    fn a_profile_has_its_own_endpoints_and_those_of_its_services() {
        check("default", &["http://a"]);
        check("lab", &["http://b", "http://c"]);
        check("nobody", &[]);
    }
}
