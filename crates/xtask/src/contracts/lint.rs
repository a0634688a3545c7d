//! The rules for contracts: those of buf's `STANDARD` and `COMMENTS` that matter here, and our own.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use prost_types::field_descriptor_proto::Type;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
};

use super::naming::{is_lower_snake, is_pascal, snake};

/// An rpc that only reads begins with one of these; every other carries a request id.
const READS: [&str; 5] = ["Get", "List", "Find", "Watch", "Preview"];

// Where the parts of a descriptor lie in the paths of its comments, as fixed by descriptor.proto.
const FILE_MESSAGES: i32 = 4;
const FILE_ENUMS: i32 = 5;
const FILE_SERVICES: i32 = 6;
const MESSAGE_FIELDS: i32 = 2;
const MESSAGE_NESTED: i32 = 3;
const MESSAGE_ENUMS: i32 = 4;
const ENUM_VALUES: i32 = 2;
const SERVICE_METHODS: i32 = 2;

/// Everything that breaks a rule, one sentence each.
pub fn findings(files: &FileDescriptorSet) -> Vec<String> {
    let mut findings = Vec::new();
    let messages: BTreeMap<String, &DescriptorProto> = files
        .file
        .iter()
        .flat_map(|file| {
            file.message_type.iter().map(move |message| (full_name(file, message.name()), message))
        })
        .collect();
    for file in &files.file {
        let mut lint = Lint { file, messages: &messages, comments: comments(file), findings: Vec::new() };
        lint.file();
        findings.append(&mut lint.findings);
    }
    findings.extend(import_cycles(files));
    findings
}

struct Lint<'a> {
    file: &'a FileDescriptorProto,
    /// All messages by their full name.
    messages: &'a BTreeMap<String, &'a DescriptorProto>,
    comments: HashSet<Vec<i32>>,
    findings: Vec<String>,
}

impl Lint<'_> {
    fn require(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            self.findings.push(format!("{}: {}", self.file.name(), complaint()));
        }
    }

    fn file(&mut self) {
        let file = self.file;
        let (folder, name) = file.name().rsplit_once('/').unwrap_or(("", file.name()));
        self.require(file.syntax() == "proto3", || "the syntax is not proto3".into());
        self.require(file.package() == folder.replace('/', "."), || "the package is not the path".into());
        let version = folder.rsplit('/').next().unwrap_or_default();
        let is_version = version.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok());
        self.require(is_version, || "the package has no version".into());
        self.require(is_lower_snake(name.trim_end_matches(".proto")), || {
            "the file name is not lower_snake".into()
        });
        let expected: Vec<String> =
            file.service.iter().map(|service| snake(service.name()) + ".proto").collect();
        let is_service_file = name.ends_with("_service.proto");
        self.require(is_service_file != expected.is_empty(), || {
            "services, and they alone, are in *_service.proto".into()
        });
        self.require(expected.iter().all(|expected| expected == name), || {
            "one service per file, named like it".into()
        });
        for import in &file.dependency {
            self.require(import != "google/protobuf/empty.proto", || {
                "an rpc may not take or give Empty".into()
            });
        }
        for (index, message) in (0..).zip(&file.message_type) {
            self.message(message, vec![FILE_MESSAGES, index]);
        }
        for (index, enumeration) in (0..).zip(&file.enum_type) {
            self.enumeration(enumeration, &[FILE_ENUMS, index]);
        }
        for (index, service) in (0..).zip(&file.service) {
            self.service(service, &[FILE_SERVICES, index]);
        }
    }

    fn commented(&mut self, path: &[i32], what: &str) {
        let commented = self.comments.contains(path);
        self.require(commented, || format!("{what} has no comment"));
    }

    fn message(&mut self, message: &DescriptorProto, path: Vec<i32>) {
        // The entries of a map are messages that nobody wrote.
        if message.options.as_ref().is_some_and(|options| options.map_entry()) {
            return;
        }
        self.commented(&path, message.name());
        self.require(is_pascal(message.name()), || format!("{} is not PascalCase", message.name()));
        for (index, field) in (0..).zip(&message.field) {
            let name = format!("{}.{}", message.name(), field.name());
            self.commented(&below(&path, MESSAGE_FIELDS, index), &name);
            self.field(field, &name);
        }
        for (index, nested) in (0..).zip(&message.nested_type) {
            self.message(nested, below(&path, MESSAGE_NESTED, index));
        }
        for (index, enumeration) in (0..).zip(&message.enum_type) {
            self.enumeration(enumeration, &below(&path, MESSAGE_ENUMS, index));
        }
    }

    fn field(&mut self, field: &FieldDescriptorProto, name: &str) {
        self.require(is_lower_snake(field.name()), || format!("{name} is not lower_snake"));
        let is_time = field.type_name() == ".google.protobuf.Timestamp";
        let named_time = field.name().ends_with("_time");
        self.require(is_time == named_time, || format!("{name}: a Timestamp, and it alone, ends in _time"));
        if field.name().ends_with("_minor") {
            self.require(field.r#type() == Type::Int64, || format!("{name}: money is an int64"));
        }
        let is_inexact = matches!(field.r#type(), Type::Float | Type::Double);
        self.require(!is_inexact, || format!("{name} is a floating-point number"));
    }

    fn enumeration(&mut self, enumeration: &EnumDescriptorProto, path: &[i32]) {
        let name = enumeration.name();
        self.commented(path, name);
        self.require(is_pascal(name), || format!("{name} is not PascalCase"));
        let prefix = snake(name).to_uppercase() + "_";
        for (index, value) in (0..).zip(&enumeration.value) {
            self.commented(&below(path, ENUM_VALUES, index), &format!("{name}.{}", value.name()));
            let rest = value.name().strip_prefix(&prefix).unwrap_or_default().to_lowercase();
            self.require(is_lower_snake(&rest), || {
                format!("{name}.{} does not begin with {prefix}", value.name())
            });
            let is_zero = value.number() == 0;
            self.require(is_zero == (rest == "unspecified"), || {
                format!("{name}.{}: zero, and it alone, is {prefix}UNSPECIFIED", value.name())
            });
        }
    }

    fn service(&mut self, service: &ServiceDescriptorProto, path: &[i32]) {
        self.commented(path, service.name());
        let named = is_pascal(service.name()) && service.name().ends_with("Service");
        self.require(named, || format!("{} does not end in Service", service.name()));
        for (index, method) in (0..).zip(&service.method) {
            self.commented(&below(path, SERVICE_METHODS, index), method.name());
            self.method(method);
        }
    }

    fn method(&mut self, method: &MethodDescriptorProto) {
        let name = method.name();
        self.require(is_pascal(name), || format!("{name} is not PascalCase"));
        let request = full_name(self.file, &format!("{name}Request"));
        let response = full_name(self.file, &format!("{name}Response"));
        self.require(method.input_type() == request, || format!("{name} does not take {name}Request"));
        self.require(method.output_type() == response, || format!("{name} does not give {name}Response"));
        let (request, response) = (self.messages.get(&request), self.messages.get(&response));
        let request_field = |field: &str| request.and_then(|message| field_type(message, field));
        if !READS.iter().any(|read| name.starts_with(read)) {
            let found = request_field("request_id");
            self.require(found == Some(Type::String), || {
                format!("{name} changes something, without a request_id")
            });
        }
        if name.starts_with("List") {
            let pages = request_field("page_size") == Some(Type::Int32)
                && request_field("page_token") == Some(Type::String)
                && response.and_then(|message| field_type(message, "next_page_token")) == Some(Type::String);
            self.require(pages, || format!("{name} does not paginate"));
        }
    }
}

fn field_type(message: &DescriptorProto, name: &str) -> Option<Type> {
    message.field.iter().find(|field| field.name() == name).map(FieldDescriptorProto::r#type)
}

fn full_name(file: &FileDescriptorProto, name: &str) -> String {
    format!(".{}.{name}", file.package())
}

fn below(path: &[i32], part: i32, index: i32) -> Vec<i32> {
    [path, &[part, index]].concat()
}

/// The paths of everything that has a comment above it.
fn comments(file: &FileDescriptorProto) -> HashSet<Vec<i32>> {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let commented = locations.filter(|location| !location.leading_comments().trim().is_empty());
    commented.map(|location| location.path.clone()).collect()
}

/// Packages that import each other, by however many steps.
fn import_cycles(files: &FileDescriptorSet) -> Vec<String> {
    let package_of: BTreeMap<&str, &str> =
        files.file.iter().map(|file| (file.name(), file.package())).collect();
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in &files.file {
        let others = file.dependency.iter().filter_map(|import| package_of.get(import.as_str()).copied());
        let others = others.filter(|package| *package != file.package());
        imports.entry(file.package()).or_default().extend(others);
    }
    let mut cycles = Vec::new();
    for package in imports.keys() {
        let mut reached = BTreeSet::new();
        let mut ahead = vec![*package];
        while let Some(next) = ahead.pop() {
            for import in imports.get(next).into_iter().flatten() {
                if reached.insert(*import) {
                    ahead.push(import);
                }
            }
        }
        if reached.contains(package) {
            cycles.push(format!("{package}: the package imports itself through others"));
        }
    }
    cycles
}

#[cfg(test)]
mod tests;
