use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::DescriptorPool;
use serde_json::{Value, json};

use super::{Event, documents, events};

const SALES: &str = r#"
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
// Something
// was sold.
message ThingSold {
  // Which thing.
  string thing_id = 1;
  // For how much, in cents.
  int64 price_minor = 2;
  // How often.
  int32 count = 3;
  // As a present.
  bool wrapped = 4;
  // When.
  google.protobuf.Timestamp sold_time = 5;
  // Its parts.
  repeated Part parts = 6;
  // Words on it.
  repeated string labels = 7;
  // How.
  Kind kind = 8;
  // The best part, or none.
  Part best = 9;
  // A note, or none.
  optional string note = 10;
}
// A part.
message Part {
  // Its number.
  int32 part_id = 1;
  // What is in it.
  repeated Part inside = 2;
  // When it was made, or absent.
  google.protobuf.Timestamp made_time = 3;
}
// How it is sold.
enum Kind {
  // Never sent.
  KIND_UNSPECIFIED = 0;
  // By weight.
  KIND_WEIGHED = 1;
}
"#;

const SAMPLE: &str = r#"{"thing_id":"t","price_minor":1,"count":1,"wrapped":true,"sold_time":"2026-05-02T08:00:00Z",
  "parts":[{"part_id":1,"inside":[{"part_id":2,"inside":[]}],"made_time":"2026-05-02T08:00:00Z"}],
  "labels":[],"kind":1,"best":null,"note":null}"#;

/// One file that exists in the test alone.
struct Only(String);

impl FileResolver for Only {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == "shop/v1/events.proto" {
            File::from_source(name, &self.0)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

fn compiled(contract: &str) -> DescriptorPool {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Only(contract.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.open_file("shop/v1/events.proto").expect("the contract of the test compiles");
    compiler.descriptor_pool()
}

fn found(contract: &str, table: &[(&str, &str)], sample: &str) -> anyhow::Result<Vec<Event>> {
    events(&compiled(contract), table, |_| Ok(sample.to_owned()))
}

fn schema_of(contract: &str, sample: &str) -> anyhow::Result<Value> {
    let documents = documents(&found(contract, &[("thing_sold", "things.sold")], sample)?)?;
    Ok(serde_json::from_str(&documents["schema/things.sold.json"])?)
}

#[test]
fn a_schema_describes_what_serde_writes_for_the_message() {
    let schema = schema_of(SALES, SAMPLE).expect("the contract can be written as JSON Schema");
    assert_eq!(schema["description"], "Something was sold.");
    assert_eq!(schema["additionalProperties"], true);
    let expected = json!({
        "thing_id": {"description": "Which thing.", "type": "string"},
        "price_minor": {"description": "For how much, in cents.", "type": "integer", "format": "int64"},
        "count": {"description": "How often.", "type": "integer", "format": "int32"},
        "wrapped": {"description": "As a present.", "type": "boolean"},
        "sold_time": {"description": "When.", "type": "string", "format": "date-time"},
        "parts": {"description": "Its parts.", "type": "array", "items": {"$ref": "#/$defs/Part"}},
        "labels": {"description": "Words on it.", "type": "array", "items": {"type": "string"}},
        "kind": {
            "description": "How. 0 is KIND_UNSPECIFIED, 1 is KIND_WEIGHED; more may come.",
            "type": "integer", "format": "int32",
        },
        "best": {"description": "The best part, or none.", "anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
        "note": {"description": "A note, or none.", "anyOf": [{"type": "string"}, {"type": "null"}]},
    });
    assert_eq!(schema["properties"], expected);
    assert_eq!(schema["required"].as_array().map(Vec::len), Some(10));
    // One of the two parts of the sample has no time.
    assert_eq!(schema["$defs"]["Part"]["required"], json!(["part_id", "inside"]));
}

#[test]
fn a_field_that_came_after_the_golden_sample_is_not_required() {
    let later = SAMPLE.replace("\"count\":1,", "");
    let schema = schema_of(SALES, &later).expect("the contract can be written as JSON Schema");
    assert_eq!(schema["properties"]["count"]["type"], "integer");
    let required = schema["required"].as_array().expect("some fields are required");
    assert!(!required.contains(&json!("count")) && required.contains(&json!("wrapped")), "{required:?}");
}

#[test]
fn a_message_that_came_after_the_golden_sample_requires_what_serde_always_writes() {
    let schema = schema_of(SALES, "{}").expect("the contract can be written as JSON Schema");
    assert_eq!(schema["required"], json!([]));
    assert_eq!(schema["$defs"]["Part"]["required"], json!(["part_id", "inside"]));
}

#[test]
fn a_field_whose_json_nobody_has_decided_on_is_refused() {
    for undecided in ["bytes", "double", "uint64", "map<string, string>"] {
        let contract = SALES.replace("int32 count", &format!("{undecided} count"));
        let refusal = schema_of(&contract, SAMPLE).expect_err("it is not decided how this is written");
        assert!(format!("{refusal:#}").contains("shop.v1.ThingSold.count"), "{refusal:#}");
    }
}

#[test]
fn an_event_without_a_message_of_its_name_is_refused() {
    let refusal = found(SALES, &[("thing_lost", "things.lost")], SAMPLE).map(drop);
    assert!(refusal.is_err_and(|error| error.to_string().starts_with("things.lost: thing_lost")));
}

#[test]
fn every_event_has_a_channel_with_its_store_and_its_example() {
    let found = found(SALES, &[("thing_sold", "things.sold")], SAMPLE).expect("the message is there");
    let documents = documents(&found).expect("the contract can be written");
    let asyncapi: Value = serde_yaml_ng::from_str(&documents["asyncapi.yaml"]).expect("it is YAML");
    assert_eq!(asyncapi["channels"]["things.sold"]["address"], "things.sold.{store}");
    assert_eq!(asyncapi["operations"]["things.sold"]["channel"]["$ref"], "#/channels/things.sold");
    let message = &asyncapi["components"]["messages"]["ThingSold"];
    assert_eq!(message["payload"]["$ref"], "schema/things.sold.json");
    assert_eq!(message["summary"], "Something was sold.");
    assert_eq!(message["examples"][0]["payload"]["price_minor"], 1);
}
