//! A small checker of JSON Schema: the keywords that `docs/events` uses, and a panic on every other.

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// Where `instance` does not fit `schema`, one sentence each. References are looked up in `document`.
///
/// Stricter than the standard in one point: an integer is written without a decimal point, as we write cents.
///
/// # Panics
/// When the schema has a keyword that is not known here, for what was not looked at must not pass.
#[must_use]
pub fn misfits(document: &Value, schema: &Value, instance: &Value) -> Vec<String> {
    let mut check = Check { document, misfits: Vec::new() };
    check.hold(schema, instance, "");
    check.misfits
}

struct Check<'a> {
    document: &'a Value,
    misfits: Vec<String>,
}

impl<'a> Check<'a> {
    fn require(&mut self, holds: bool, place: &str, complaint: impl FnOnce() -> String) {
        if !holds {
            self.misfits.push(format!("{place}: {}", complaint()));
        }
    }

    fn hold(&mut self, schema: &'a Value, instance: &Value, place: &str) {
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "$schema" | "$comment" | "$defs" | "title" | "description" => {}
                "additionalProperties" => assert_eq!(rule, true),
                "$ref" => self.hold(self.referred(rule), instance, place),
                "allOf" => rule.as_array().unwrap().iter().for_each(|part| self.hold(part, instance, place)),
                "anyOf" => match rule.as_array().unwrap().as_slice() {
                    // What may be nothing, and is something, has the complaint of that.
                    [one, nothing] if nothing["type"] == "null" && !instance.is_null() => {
                        self.hold(one, instance, place);
                    }
                    parts => {
                        let fits = |part| misfits(self.document, part, instance).is_empty();
                        let holds = parts.iter().any(fits);
                        self.require(holds, place, || format!("{instance} fits no alternative"));
                    }
                },
                "const" => self.require(rule == instance, place, || format!("{instance} is not {rule}")),
                "type" => {
                    let holds = is_of_type(rule.as_str().unwrap(), instance);
                    self.require(holds, place, || format!("{instance} is no {rule}"));
                }
                "format" => {
                    let holds = has_format(rule.as_str().unwrap(), instance);
                    self.require(holds, place, || format!("{instance} is not written as {rule}"));
                }
                "items" => {
                    for (index, item) in instance.as_array().into_iter().flatten().enumerate() {
                        self.hold(rule, item, &format!("{place}/{index}"));
                    }
                }
                "properties" => {
                    for (name, property) in rule.as_object().unwrap() {
                        if let Some(value) = instance.get(name) {
                            self.hold(property, value, &format!("{place}/{name}"));
                        }
                    }
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        let is_there =
                            !instance.is_object() || instance.get(name.as_str().unwrap()).is_some();
                        self.require(is_there, place, || format!("{name} is missing"));
                    }
                }
                unknown => panic!("the checker does not know {unknown}"),
            }
        }
    }

    fn referred(&self, reference: &Value) -> &'a Value {
        let pointer = reference.as_str().and_then(|text| text.strip_prefix('#'));
        let target = pointer.and_then(|pointer| self.document.pointer(pointer));
        target.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        unknown => panic!("the checker does not know the type {unknown}"),
    }
}

/// A format says nothing about a value of another type, which `type` refuses.
fn has_format(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("int32", Value::Number(number)) => {
            number.is_f64() || number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
        }
        ("int64", Value::Number(number)) => number.is_f64() || number.is_i64(),
        ("date-time", Value::String(text)) => OffsetDateTime::parse(text, &Rfc3339).is_ok(),
        ("uuid", Value::String(text)) => text.len() == 36 && Uuid::try_parse(text).is_ok(),
        ("int32" | "int64" | "date-time" | "uuid", _) => true,
        (unknown, _) => panic!("the checker does not know the format {unknown}"),
    }
}
