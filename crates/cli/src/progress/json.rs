//! Progress for programs: one JSON object a line on stdout.

use jiff::Timestamp;
use pgha_apply::Event;
use pgha_apply::Watch;
use pgha_planner::Plan;
use pgha_planner::StepId;
use serde_json::Value;
use serde_json::json;

use crate::output;
use crate::progress::Pulse;
use crate::progress::Track;
use crate::render::json::line;

/// JSON lines on stdout.
pub struct JsonLines {
    track: Track,
    pulse: Pulse,
}

impl JsonLines {
    /// Before the first step.
    pub fn new(plan: &Plan) -> Self {
        Self { track: Track::new(plan), pulse: Pulse::default() }
    }

    fn say(&mut self, at: Timestamp, step: StepId, event: &Event) {
        let Some((address, operation)) = self.track.steps.get(step) else { return };
        let mut object = json!({
            "type": "event",
            "at": at,
            "step": step,
            "address": address,
            "operation": operation,
        });
        if let (Some(object), Value::Object(more)) = (object.as_object_mut(), about(event)) {
            object.extend(more);
        }
        // A reader that went away is no reason to stop an apply half-way.
        let _ = output::print(&line(&object));
        self.pulse.said(at);
    }
}

impl Watch for JsonLines {
    fn event(&mut self, at: Timestamp, step: StepId, event: &Event) {
        if self.track.note(at, step, event) {
            self.say(at, step, event);
        }
    }

    fn tick(&mut self, at: Timestamp) {
        let longest = self.track.longest().filter(|_| self.pulse.is_due(at));
        let status = longest.and_then(|(step, _)| {
            let status = self.track.running.get(&step)?.status.clone();
            Some((step, Event::Status { status }))
        });
        if let Some((step, event)) = status {
            self.say(at, step, &event);
        }
    }
}

fn about(event: &Event) -> Value {
    match event {
        Event::Calling { attempt } => json!({ "event": "calling", "attempt": attempt }),
        Event::Accepted { request_id } => {
            json!({ "event": "accepted", "request_id": request_id })
        }
        Event::Status { status } => json!({ "event": "status", "status": status }),
        Event::Retrying { class, error, seconds } => {
            json!({ "event": "retrying", "class": class, "error": error, "seconds": seconds })
        }
        Event::Ended { outcome } => {
            let mut object = json!({ "event": "ended" });
            if let (Some(object), Ok(Value::Object(more))) =
                (object.as_object_mut(), serde_json::to_value(outcome))
            {
                object.extend(more);
            }
            object
        }
    }
}
