//! JSON Schema of an event: what our serde writes for its message, and no more than that.
//!
//! Only keywords that mean the same in the drafts 07 and 2020-12 are used, for AsyncAPI's tools know the former best.

use anyhow::{Result, bail, ensure};
use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_yaml_ng::{Mapping, Value};

use super::{Event, ORIGIN, object, reference};

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// A message inside an event, with every place of the golden sample where it appears.
struct Part {
    message: MessageDescriptor,
    samples: Vec<Value>,
}

/// The schema of an event, which needs no other file.
pub fn of(event: &Event) -> Result<Value> {
    let mut parts = Vec::new();
    gather(&event.message, std::slice::from_ref(&event.sample), &mut parts)?;
    let mut schema = Mapping::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$comment".into(), ORIGIN.into());
    schema.extend(message(&event.message, std::slice::from_ref(&event.sample))?);
    let mut definitions = Mapping::new();
    for part in &parts {
        definitions.insert(part.message.name().into(), message(&part.message, &part.samples)?.into());
    }
    if !definitions.is_empty() {
        schema.insert("$defs".into(), definitions.into());
    }
    Ok(schema.into())
}

/// Finds the messages inside a message, however deep.
fn gather(message: &MessageDescriptor, samples: &[Value], parts: &mut Vec<Part>) -> Result<()> {
    for field in message.fields() {
        let Kind::Message(inside) = field.kind() else { continue };
        if inside.full_name() == TIMESTAMP {
            continue;
        }
        let mut shown = Vec::new();
        for value in samples.iter().filter_map(|sample| sample.get(field.name())) {
            match value {
                Value::Sequence(several) => shown.extend_from_slice(several),
                Value::Null => {}
                one => shown.push(one.clone()),
            }
        }
        let known = parts.iter_mut().find(|part| part.message.name() == inside.name());
        let is_new = known.is_none();
        match known {
            Some(part) => {
                ensure!(part.message == inside, "two messages are called {}", inside.name());
                part.samples.extend_from_slice(&shown);
            }
            None => parts.push(Part { message: inside.clone(), samples: shown.clone() }),
        }
        if is_new || !shown.is_empty() {
            gather(&inside, &shown, parts)?;
        }
    }
    Ok(())
}

fn message(message: &MessageDescriptor, samples: &[Value]) -> Result<Mapping> {
    let mut properties = Mapping::new();
    let mut required = Vec::new();
    for field in message.fields() {
        properties.insert(field.name().into(), property(&field)?);
        if is_always_there(&field, samples) {
            required.push(Value::from(field.name()));
        }
    }
    let mut schema = Mapping::new();
    schema.insert("title".into(), message.name().into());
    schema
        .insert("description".into(), comment(message.parent_file_descriptor_proto(), message.path()).into());
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    schema.insert("required".into(), required.into());
    schema.insert("additionalProperties".into(), true.into());
    Ok(schema)
}

/// The golden sample was written when its event was born: a field that it does not have came later, and the events before,
/// which are in streams and archives, must go on to fit. A message that it does not show came later as a whole.
fn is_always_there(field: &FieldDescriptor, samples: &[Value]) -> bool {
    if samples.is_empty() {
        !is_time(field)
    } else {
        samples.iter().all(|sample| sample.get(field.name()).is_some())
    }
}

/// Only an absent time is left out by our serde; anything else that is absent is null.
fn is_time(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Message(message) if message.full_name() == TIMESTAMP)
}

fn property(field: &FieldDescriptor) -> Result<Value> {
    let is_optional = field.field_descriptor_proto().proto3_optional();
    if field.is_map() || (field.containing_oneof().is_some() && !is_optional) {
        bail!("{}: it is not yet said how a map or a oneof is written in an event", field.full_name());
    }
    let file = field.parent_message().parent_file_descriptor_proto();
    let mut description = comment(file, field.path());
    if let Kind::Enum(numbers) = field.kind() {
        description = format!("{description} {}", words(&numbers));
    }
    let mut schema = object([("description", description.into())]);
    let entries = schema.as_mapping_mut().expect("an object was made on the line above");
    let one = one(field)?;
    if field.is_list() {
        entries.insert("type".into(), "array".into());
        entries.insert("items".into(), one);
    } else if field.supports_presence() && !is_time(field) {
        entries.insert("anyOf".into(), vec![one, object([("type", "null".into())])].into());
    } else if let Value::Mapping(one) = one {
        entries.extend(one);
    }
    Ok(schema)
}

/// What one value of a field is.
fn one(field: &FieldDescriptor) -> Result<Value> {
    let plain = |kind: &str| object([("type", kind.into())]);
    let formatted = |kind: &str, format: &str| object([("type", kind.into()), ("format", format.into())]);
    Ok(match field.kind() {
        Kind::Bool => plain("boolean"),
        Kind::String => plain("string"),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => formatted("integer", "int32"),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => formatted("integer", "int64"),
        // The generated types hold an enumeration as its number, and serde writes what they hold.
        Kind::Enum(_) => formatted("integer", "int32"),
        Kind::Message(_) if is_time(field) => formatted("string", "date-time"),
        Kind::Message(message) => reference(&format!("#/$defs/{}", message.name())),
        other => bail!("{}: it is not yet said how {other:?} is written in an event", field.full_name()),
    })
}

/// The numbers of an enumeration and their names: more may come, so that no schema shuts them in.
fn words(numbers: &EnumDescriptor) -> String {
    let words: Vec<String> =
        numbers.values().map(|value| format!("{} is {}", value.number(), value.name())).collect();
    format!("{}; more may come.", words.join(", "))
}

/// The comment above a part of a contract, in one line.
pub fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let above = locations.filter(|location| location.path == path);
    let words = above.flat_map(|location| location.leading_comments().split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}
