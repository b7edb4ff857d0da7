//! An AWS in memory: the answers in `fuzz/answers`, as a script has them.
//!
//! They were recorded from the emulator, for `specs/production.toml` and
//! `specs/multi-az-cluster.toml` applied to one account. `{RoleName}` and the like stand for
//! what the request says, `{cluster}`, `{region}` and `{password}` for what they name. A file
//! with a region in its name is that region's. What has no file is accepted with an empty
//! answer. In a script `{n}` is the number of the answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::document::Document;
use super::document::escaped;
use super::script::Deed;
use super::script::PASSWORD;
use super::script::Script;

/// The text of each file, by `rds/DescribeDBInstances` and, away from home, with
/// `.us-west-2` behind that.
pub type Templates = BTreeMap<String, String>;

/// Reads every template.
pub fn templates(folder: &Path) -> Templates {
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("the templates are in the repository");
        entries.map(|entry| entry.expect("a readable folder").path()).collect::<Vec<_>>()
    };
    let files = entries(folder).into_iter().flat_map(|service| entries(&service));
    let read = |file: std::path::PathBuf| {
        let service = file.parent().and_then(Path::file_name).unwrap_or_default();
        let name = Path::new(service).join(file.file_stem().unwrap_or_default());
        let text = std::fs::read_to_string(&file).expect("a template is text");
        (name.to_string_lossy().into_owned(), text)
    };
    files.map(read).collect()
}

/// A list that goes on ends here by saying the same page again: a thousand pages say no more.
const MOST_PAGES: u32 = 150;

/// The wire.
#[derive(Debug, Clone)]
pub struct Wire {
    templates: Arc<Templates>,
    cluster: &'static str,
    password: &'static str,
    playing: Arc<Mutex<(Script, u32)>>,
}

/// What a request asks for.
struct Asked {
    service: String,
    region: String,
    operation: String,
    said: BTreeMap<String, String>,
}

impl Wire {
    /// A wire to the account of a cluster of that name.
    pub fn new(templates: Templates, cluster: &'static str, password: &'static str) -> Self {
        Self { templates: Arc::new(templates), cluster, password, playing: Arc::default() }
    }

    /// Answers by this script from now on.
    pub fn play(&self, script: Script) {
        *self.playing.lock().expect("nobody panics with it") = (script, 0);
    }

    fn answer(&self, asked: &Asked) -> Result<HttpResponse, ConnectorError> {
        let (script, number) = {
            let mut playing = self.playing.lock().expect("nobody panics with it");
            playing.1 += 1;
            playing.clone()
        };
        let operation = format!("{}:{}", asked.service, asked.operation);
        let (mut document, mut status) = (self.template(asked), 200);
        let (mut body, mut headers) = (None, Vec::new());
        for edit in script.of(&operation) {
            let value = edit.value.replace("{n}", &number.min(MOST_PAGES).to_string());
            let value = value.replace(PASSWORD, self.password);
            match &edit.deed {
                Deed::Set { path, number } => document.set(path, *number, &value),
                Deed::Without => document.without(&value),
                Deed::Twice => document.twice(&value),
                Deed::Status => status = value.parse().unwrap_or(status),
                Deed::Header => headers.extend(value.split_once(": ").map(pair)),
                Deed::Error => (document, status) = (error(&asked.service, &value), 400),
                Deed::Body => body = Some(value.into_bytes()),
                Deed::Cut => {
                    let mut bytes = body.take().unwrap_or_else(|| document.bytes());
                    bytes.truncate(value.parse().unwrap_or(0));
                    body = Some(bytes);
                }
                Deed::Gone => return Err(ConnectorError::io("the connection was reset".into())),
            }
        }
        let is_cbor = matches!(document, Document::Cbor(_));
        let body = body.unwrap_or_else(|| document.bytes());
        Ok(response(status, headers, is_cbor, body))
    }

    fn template(&self, asked: &Asked) -> Document {
        let Asked { service, region, operation, said } = asked;
        let text = self
            .templates
            .get(&format!("{service}/{operation}.{region}"))
            .or_else(|| self.templates.get(&format!("{service}/{operation}")));
        let is_xml = !matches!(service.as_str(), "monitoring" | "secretsmanager");
        let empty = match is_xml {
            true => format!(
                "<{operation}Response><{operation}Result></{operation}Result></{operation}Response>"
            ),
            false => "{}".into(),
        };
        let mut text = text.unwrap_or(&empty).clone();
        let own = [("cluster", self.cluster), ("region", region), ("password", self.password)];
        let said = said.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.into_iter().chain(said) {
            let place = format!("{{{name}}}");
            if text.contains(&place) {
                text = text.replace(&place, &if is_xml { escaped(value) } else { value.into() });
            }
        }
        match (is_xml, service.as_str()) {
            (true, _) => Document::Xml(text),
            (false, "monitoring") => {
                Document::Cbor(serde_json::from_str(&text).unwrap_or_default())
            }
            (false, _) => Document::Json(serde_json::from_str(&text).unwrap_or_default()),
        }
    }
}

fn pair((name, value): (&str, &str)) -> (String, String) {
    (name.to_string(), value.to_string())
}

/// A service's words for no.
fn error(service: &str, words: &str) -> Document {
    let (code, message) = words.split_once(' ').unwrap_or((words, ""));
    let xml = format!(
        "<Error><Code>{}</Code><Message>{}</Message></Error>",
        escaped(code),
        escaped(message)
    );
    let json = serde_json::json!({ "__type": code, "message": message });
    match service {
        "monitoring" => Document::Cbor(json),
        "secretsmanager" => Document::Json(json),
        "ec2" => Document::Xml(format!(
            "<Response><Errors>{xml}</Errors><RequestID>r-1</RequestID></Response>"
        )),
        _ => {
            Document::Xml(format!("<ErrorResponse>{xml}<RequestId>r-1</RequestId></ErrorResponse>"))
        }
    }
}

fn response(
    status: u16,
    headers: Vec<(String, String)>,
    is_cbor: bool,
    body: Vec<u8>,
) -> HttpResponse {
    // What is no status cannot come from a server that speaks HTTP.
    let status = status.try_into().unwrap_or_else(|_| 500.try_into().expect("500 is a status"));
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    if is_cbor {
        response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
        response.headers_mut().insert("content-type", "application/cbor");
    }
    for (name, value) in headers {
        // Nor can such a header.
        let _ = response.headers_mut().try_insert(name, value);
    }
    response
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        let uri = request.uri();
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut labels = host.split('.');
        let service = labels.next().unwrap_or_default().to_string();
        let region = labels.next().unwrap_or_default().to_string();
        let body = request.body().bytes().unwrap_or_default();
        let (operation, said) = match request.headers().get("x-amz-target") {
            Some(target) => (target.rsplit('.').next().map(str::to_string), json_members(body)),
            None if service == "monitoring" => {
                (path.rsplit('/').next().map(str::to_string), BTreeMap::new())
            }
            None => {
                let mut said = query_members(body);
                (said.remove("Action"), said)
            }
        };
        Self { service, region, operation: operation.unwrap_or_default(), said }
    }
}

fn json_members(body: &[u8]) -> BTreeMap<String, String> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else { return BTreeMap::new() };
    let text = |value: Value| value.as_str().map(str::to_string);
    members.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

fn query_members(body: &[u8]) -> BTreeMap<String, String> {
    let body = String::from_utf8_lossy(body);
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_string(), plain(value))).collect()
}

/// What names and ARNs have encoded in a form.
fn plain(value: &str) -> String {
    value.replace("%3A", ":").replace("%2F", "/").replace("%21", "!").replace("%40", "@")
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&Asked::of(&request)))
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
