//! What an earlier client or an earlier event could not survive.
//!
//! Names count as well as numbers, for events travel as JSON. A field or a value of a call may be given up when its name and its number
//! are reserved for ever; of an event nothing is ever given up.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
};

/// Everything of the earlier contracts that is gone or has another shape.
pub fn findings(earlier: &FileDescriptorSet, now: &FileDescriptorSet) -> Vec<String> {
    let (earlier, now) = (Contracts::of(earlier), Contracts::of(now));
    let mut findings = Vec::new();
    for (name, field) in &earlier.fields {
        match now.fields.get(name) {
            None if now.given_up.contains(&(name.clone(), earlier.numbers[name])) => {}
            None => findings.push(format!("{name}: the field is gone")),
            Some(other) if other != field => {
                findings.push(format!("{name}: the field was {field} and is {other}"))
            }
            Some(_) => {}
        }
    }
    for (name, number) in &earlier.values {
        let is_given_up = now.given_up.contains(&(name.clone(), *number));
        if now.values.get(name) != Some(number) && !is_given_up {
            findings.push(format!("{name}: the value is gone or has another number"));
        }
    }
    for (name, method) in &earlier.methods {
        if now.methods.get(name) != Some(method) {
            findings.push(format!("{name}: the rpc is gone or takes or gives something else"));
        }
    }
    for name in &earlier.messages {
        if !now.messages.contains(name) {
            findings.push(format!("{name}: the message is gone"));
        }
    }
    findings
}

/// The contracts, flattened: full names and what must stay about them.
#[derive(Default)]
struct Contracts {
    messages: Vec<String>,
    fields: BTreeMap<String, String>,
    values: BTreeMap<String, i32>,
    methods: BTreeMap<String, String>,
    numbers: BTreeMap<String, i32>,
    /// Names and numbers that are reserved together, outside events.
    given_up: BTreeSet<(String, i32)>,
}

impl Contracts {
    fn of(files: &FileDescriptorSet) -> Self {
        let mut contracts = Self::default();
        for file in &files.file {
            let before = contracts.given_up.clone();
            for message in &file.message_type {
                contracts.message(message, file.package());
            }
            for enumeration in &file.enum_type {
                contracts.enumeration(enumeration, file.package());
            }
            if file.name().ends_with("events.proto") {
                contracts.given_up = before;
            }
            for service in &file.service {
                for method in &service.method {
                    let name = format!("{}.{}.{}", file.package(), service.name(), method.name());
                    contracts.methods.insert(name, shape_of_method(method));
                }
            }
        }
        contracts
    }

    fn message(&mut self, message: &DescriptorProto, scope: &str) {
        let name = format!("{scope}.{}", message.name());
        for field in &message.field {
            self.fields.insert(format!("{name}.{}", field.name()), shape_of_field(field));
            self.numbers.insert(format!("{name}.{}", field.name()), field.number());
        }
        // The end of a message's range is the first number behind it.
        let numbers = message.reserved_range.iter().flat_map(|range| range.start()..range.end());
        self.give_up(&name, &message.reserved_name, numbers);
        for nested in &message.nested_type {
            self.message(nested, &name);
        }
        for enumeration in &message.enum_type {
            self.enumeration(enumeration, &name);
        }
        self.messages.push(name);
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptorProto, scope: &str) {
        for value in &enumeration.value {
            self.values.insert(format!("{scope}.{}.{}", enumeration.name(), value.name()), value.number());
        }
        // That of an enumeration is its last one.
        let numbers = enumeration.reserved_range.iter().flat_map(|range| range.start()..=range.end());
        self.give_up(&format!("{scope}.{}", enumeration.name()), &enumeration.reserved_name, numbers);
    }

    fn give_up(&mut self, scope: &str, names: &[String], numbers: impl Iterator<Item = i32>) {
        let full = |name: &String| format!("{scope}.{name}");
        self.given_up.extend(
            numbers
                .flat_map(|number| names.iter().map(move |name| (name, number)))
                .map(|(name, number)| (full(name), number)),
        );
    }
}

fn shape_of_field(field: &FieldDescriptorProto) -> String {
    let kind = field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase();
    let label = field.label().as_str_name().trim_start_matches("LABEL_").to_lowercase();
    let presence = if field.proto3_optional() { " with presence" } else { "" };
    format!("number {} {label} {kind}{}{presence}", field.number(), field.type_name())
}

fn shape_of_method(method: &MethodDescriptorProto) -> String {
    let stream = |streams: bool| if streams { "stream " } else { "" };
    let taken = format!("{}{}", stream(method.client_streaming()), method.input_type());
    format!("{taken} to {}{}", stream(method.server_streaming()), method.output_type())
}

#[cfg(test)]
mod tests {
    use prost_types::FileDescriptorSet;

    use super::findings;

    fn compiled(source: &str) -> FileDescriptorSet {
        let file = protox::file::File::from_source("shop.proto", source).expect("the sample compiles");
        FileDescriptorSet { file: vec![file.into()] }
    }

    fn broken(earlier: &str, now: &str) -> Vec<String> {
        let syntax = "syntax = \"proto3\"; package shop;";
        findings(&compiled(&format!("{syntax} {earlier}")), &compiled(&format!("{syntax} {now}")))
    }

    #[test]
    fn contracts_may_grow() {
        let grown = broken(
            "message Sale { string id = 1; }",
            "message Sale { string id = 1; int64 paid = 2; } message Till {}",
        );
        assert_eq!(grown, Vec::<String>::new());
    }

    #[test]
    fn a_field_that_is_gone_is_found() {
        assert_eq!(
            broken("message Sale { string id = 1; }", "message Sale {}"),
            ["shop.Sale.id: the field is gone"]
        );
    }

    #[test]
    fn a_field_or_a_value_is_given_up_when_its_name_and_its_number_stay_reserved() {
        let given_up = broken(
            "message Sale { string id = 1; } enum Kind { NONE = 0; PART = 2; }",
            "message Sale { reserved 1; reserved \"id\"; } enum Kind { NONE = 0; reserved 2; reserved \"PART\"; }",
        );
        assert_eq!(given_up, Vec::<String>::new());
        for now in [
            "message Sale { reserved 1; }",
            "message Sale { reserved \"id\"; }",
            "message Sale { reserved 2; reserved \"id\"; }",
        ] {
            assert_eq!(
                broken("message Sale { string id = 1; }", now),
                ["shop.Sale.id: the field is gone"],
                "{now}"
            );
        }
    }

    #[test]
    fn a_field_with_another_number_or_type_or_name_is_found() {
        for now in [
            "string id = 2;",
            "int64 id = 1;",
            "repeated string id = 1;",
            "optional string id = 1;",
            "string sale = 1;",
        ] {
            let found = broken("message Sale { string id = 1; }", &format!("message Sale {{ {now} }}"));
            assert_eq!(found.len(), 1, "{now}: {found:?}");
        }
    }

    #[test]
    fn a_value_with_another_number_is_found() {
        assert_eq!(broken("enum Kind { A = 0; B = 1; }", "enum Kind { A = 0; B = 2; }").len(), 1);
    }

    #[test]
    fn an_rpc_that_begins_to_stream_is_found() {
        let rpc = |gives: &str| format!("message M {{}} service S {{ rpc Get(M) returns ({gives} M); }}");
        assert_eq!(broken(&rpc(""), &rpc("stream")).len(), 1);
    }

    #[test]
    fn a_message_that_is_gone_is_found() {
        assert_eq!(broken("message Sale {}", ""), ["shop.Sale: the message is gone"]);
    }
}
