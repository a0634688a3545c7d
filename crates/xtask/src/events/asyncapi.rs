//! AsyncAPI: which subjects there are, and what a message on each of them carries.

use serde_yaml_ng::{Mapping, Value};

use super::schema::comment;
use super::{Event, object, reference, schema_file};

const ABOUT: &str = "What Cabas tells of itself, as messages of NATS JetStream: one channel per subject, CloudEvents 1.0 attributes in \
    the headers, JSON in the payload. Fields and subjects are only ever added.";

/// The whole document.
pub fn of(events: &[Event]) -> Value {
    object([
        ("asyncapi", "3.0.0".into()),
        (
            "info",
            object([
                ("title", "The events of Cabas".into()),
                ("version", "1".into()),
                ("description", ABOUT.into()),
            ]),
        ),
        ("defaultContentType", "application/json".into()),
        ("channels", each(events, |event| (event.event_type.clone(), channel(event)))),
        ("operations", each(events, |event| (event.event_type.clone(), operation(event)))),
        (
            "components",
            object([
                ("parameters", object([("store", store())])),
                ("schemas", object([("headers", headers())])),
                ("messages", each(events, |event| (event.message.name().to_owned(), message(event)))),
            ]),
        ),
    ])
}

fn each(events: &[Event], entry: impl Fn(&Event) -> (String, Value)) -> Value {
    let entries = events.iter().map(entry).map(|(key, value)| (Value::from(key), value));
    entries.collect::<Mapping>().into()
}

fn channel(event: &Event) -> Value {
    let name = event.message.name();
    object([
        ("address", format!("{}.{{store}}", event.event_type).into()),
        ("messages", object([(name, reference(&format!("#/components/messages/{name}")))])),
        ("parameters", object([("store", reference("#/components/parameters/store"))])),
    ])
}

fn operation(event: &Event) -> Value {
    let channel = format!("#/channels/{}", event.event_type);
    let message = reference(&format!("{channel}/messages/{}", event.message.name()));
    object([("action", "send".into()), ("channel", reference(&channel)), ("messages", vec![message].into())])
}

fn message(event: &Event) -> Value {
    let summary = comment(event.message.parent_file_descriptor_proto(), event.message.path());
    let of_this_type = object([(
        "properties",
        object([("ce-type", object([("const", event.event_type.as_str().into())]))]),
    )]);
    object([
        ("name", event.event_type.as_str().into()),
        ("title", event.message.name().into()),
        ("summary", summary.into()),
        (
            "headers",
            object([("allOf", vec![reference("#/components/schemas/headers"), of_this_type].into())]),
        ),
        ("payload", reference(&schema_file(event))),
        ("examples", vec![object([("payload", event.sample.clone())])].into()),
    ])
}

fn store() -> Value {
    object([
        ("description", "Code of the store: 1 to 16 of A to Z, 0 to 9 and the hyphen.".into()),
        ("examples", vec![Value::from("LILLE")].into()),
    ])
}

/// What `crates/outbox` puts beside every payload.
fn headers() -> Value {
    let text = |description: &str| object([("description", description.into()), ("type", "string".into())]);
    let formatted = |format: &str, description: &str| {
        object([("description", description.into()), ("type", "string".into()), ("format", format.into())])
    };
    let fixed = |value: &str, description: &str| {
        object([("description", description.into()), ("const", value.into())])
    };
    let always =
        ["ce-id", "ce-type", "ce-source", "ce-time", "ce-specversion", "content-type", "Nats-Msg-Id"];
    object([
        ("type", "object".into()),
        (
            "properties",
            object([
                ("ce-id", formatted("uuid", "Identity of the event. An event may come twice: remember it.")),
                ("ce-type", text("The subject without its store.")),
                ("ce-source", text("The service that tells it, and its store, such as `/checkout/LILLE`.")),
                ("ce-time", formatted("date-time", "When it happened.")),
                ("ce-specversion", fixed("1.0", "The version of CloudEvents.")),
                ("content-type", fixed("application/json", "What the payload is.")),
                (
                    "Nats-Msg-Id",
                    formatted("uuid", "The same as `ce-id`, for the server, which drops a repeat at once."),
                ),
                ("traceparent", text("W3C trace context of what caused it, when that was traced.")),
            ]),
        ),
        ("required", always.map(Value::from).to_vec().into()),
        ("additionalProperties", true.into()),
    ])
}
