//! Whether an answer came whole and makes sense.
//!
//! The SDK takes a list that breaks off for a shorter list: its XML decoder does not miss the
//! closing tags, and its JSON decoder takes no answer for one with nothing in it. Either would
//! make what is there look absent. The transport tells an answer that breaks off from a
//! complete one as long as the server sent its length; a proxy on the way may not.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::retries::classifiers::ClassifyRetry;
use aws_smithy_runtime_api::client::retries::classifiers::RetryAction;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::config_bag::Storable;
use aws_smithy_types::config_bag::StoreReplace;
use http_body_util::Limited;
use jiff::Timestamp;

use crate::clock;

/// The largest page that AWS sends, a hundred parameters or databases, is some hundred KB. Dozens
/// are read at a time.
const LARGEST: usize = 4 * 1024 * 1024;

const BROKEN_OFF: &str = "the answer breaks off";

/// What came in place of an answer, and where that comes from. The words of the SDK's decoders name
/// types of theirs, and the answer itself may be a secret's value: neither is shown.
pub(crate) fn nonsense(answer: &HttpResponse, words: &str) -> String {
    let status = answer.status().as_u16();
    let form = answer.headers().get("content-type").unwrap_or("no content type");
    let form: String = form.chars().filter(|c| !c.is_control()).take(60).collect();
    let size = answer.body().bytes().map(|body| format!(", {} bytes", body.len()));
    let came = format!("HTTP {status}, {form}{}", size.unwrap_or_default());
    let what = if words.contains(BROKEN_OFF) { BROKEN_OFF } else { "the answer makes no sense" };
    format!(
        "{what} ({came}): what answers is no such service, or something on the way changes its answers; look at the endpoint, and at HTTPS_PROXY"
    )
}

/// Refuses answers that did not come whole, or that say nothing of what was asked, and has the
/// SDK ask again where that is harmless: it would take them for the service's last word.
#[derive(Debug)]
pub(crate) struct Whole;

/// When an attempt was sent, by the machine's clock.
#[derive(Debug)]
struct Sent(Timestamp);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Sent(Timestamp::now()));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response_mut();
        let body = answer.body_mut();
        *body = bounded(std::mem::replace(body, SdkBody::taken()));
        // The SDK corrects its signatures by the date, and panics at the end of the calendar.
        if answer.headers().get("date").is_some_and(|date| !clock::is_plausible(date)) {
            answer.headers_mut().remove("date");
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        if let (Some(date), Some(sent)) = (answer.headers().get("date"), config.load::<Sent>()) {
            clock::note(date, sent.0);
        }
        if let Some(body) = answer.body().bytes() {
            let asks = config.load::<Metadata>().is_some_and(|call| is_question(call.name()));
            if !is_whole(&String::from_utf8_lossy(body), asks) {
                return Err(BROKEN_OFF.into());
            }
        }
        let refused = context.output_or_error().is_err_and(OrchestratorError::is_operation_error);
        match refused && answer.status().is_success() {
            true => Err("the service would not answer like that".into()),
            false => Ok(()),
        }
    }
}

impl ClassifyRetry for Whole {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let status = context.response().map(|answer| answer.status().as_u16());
        match (error.is_interceptor_error(), status) {
            (true, Some(_)) => RetryAction::transient_error(),
            // SNS says `Throttled`, which the SDK does not know (SNS API, Common Errors).
            (false, Some(429)) => RetryAction::throttling_error(),
            // What was refused before it was sent stays refused.
            (true, None) | (false, _) => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Whole"
    }
}

/// An answer is read as a whole before it is understood: a server that never stops would fill the
/// memory.
fn bounded(body: SdkBody) -> SdkBody {
    SdkBody::from_body_1_x(Limited::new(body, LARGEST))
}

fn is_question(operation: &str) -> bool {
    ["Describe", "Get", "List"].iter().any(|verb| operation.starts_with(verb))
}

/// XML ends with the tag that closes its root; the answer to a question is not empty. Whether
/// JSON and CBOR are whole their decoders know.
fn is_whole(body: &str, asks: bool) -> bool {
    let body = body.trim();
    match body.strip_prefix('<') {
        Some(xml) => is_closed(xml),
        None => !(asks && body.is_empty()),
    }
}

/// Past `<?xml …?>` and `<!DOCTYPE …>`, the first tag is the root's, and the last one closes it.
fn is_closed(xml: &str) -> bool {
    let mut tags = xml.split('<').skip_while(|tag| tag.starts_with(['?', '!']));
    let Some(root) = tags.next() else { return false };
    let name = root.split([' ', '\n', '\r', '\t', '/', '>']).next().unwrap_or_default();
    match tags.last() {
        Some(last) => last == format!("/{name}>"),
        None => root.ends_with("/>"),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::testing::{Answer, Wire};
    use pgha_apply::port::Observe;

    #[track_caller]
    fn check(body: &str, whole: bool) {
        assert_eq!(is_whole(body, true), whole, "{body}");
    }

    #[test]
    fn xml_is_whole_once_its_root_is_closed() {
        let answer = "<?xml version=\"1.0\"?>\n<DescribeResponse xmlns=\"x\">\n<Groups>\n<Group/></Groups></DescribeResponse>\n";
        check(answer, true);
        for end in 1..answer.trim_end().len() {
            check(&answer[..end], false);
        }
        check("<AnswerResponse/>", true);
        check("<!DOCTYPE html>\n<html><body>no</body></html>", true);
    }

    #[tokio::test]
    async fn a_body_ends_at_a_limit() {
        let read = async |bytes: usize| {
            let body = bounded(SdkBody::from(vec![b'x'; bytes]));
            body.collect().await.map(|all| all.to_bytes().len()).ok()
        };
        assert_eq!(read(LARGEST).await, Some(LARGEST));
        assert_eq!(read(LARGEST + 1).await, None);
    }

    /// A page of a proxy in the place of every answer, and an answer that is none.
    #[tokio::test]
    async fn what_makes_no_sense_is_described_and_not_shown() {
        for (body, what) in [
            ("<html>s3cret</html>", "the answer makes no sense (HTTP 200, "),
            ("<GetCallerIdentityResponse>s3cret", "the answer breaks off (HTTP 200, "),
            ("s3cret", "the answer makes no sense (HTTP 200, "),
        ] {
            let wire = Wire::answering([Answer::Body(200, body.into())]);
            let error = wire.account().identity().await.unwrap_err();
            let said = format!("{} {}", error.call, error.message);
            assert!(said.starts_with(&format!("GetCallerIdentity BadAnswer: {what}")), "{said}");
            assert!(said.contains("look at the endpoint") && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn a_question_has_an_answer_and_a_change_need_not_have_one() {
        assert!(!is_whole("", true));
        assert!(is_whole("", false));
        assert!(is_whole("{}", true));
    }
}
