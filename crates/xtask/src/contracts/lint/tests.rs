use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::findings;

/// A contract that follows every rule.
const GOOD: &str = r#"
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
// Sells.
service TillService {
  // Sells one thing.
  rpc SellItem(SellItemRequest) returns (SellItemResponse);
  // Lists what was sold.
  rpc ListItems(ListItemsRequest) returns (ListItemsResponse);
}
// Sells.
message SellItemRequest {
  // Identity of the request.
  string request_id = 1;
  // How.
  Kind kind = 2;
}
// Sold.
message SellItemResponse {
  // When.
  google.protobuf.Timestamp sold_time = 1;
  // For how much.
  int64 price_minor = 2;
}
// Lists.
message ListItemsRequest {
  // At most.
  int32 page_size = 1;
  // From.
  string page_token = 2;
}
// Listed.
message ListItemsResponse {
  // To.
  string next_page_token = 1;
}
// How it is sold.
enum Kind {
  // Never sent.
  KIND_UNSPECIFIED = 0;
  // By weight.
  KIND_WEIGHED = 1;
}
"#;

/// One file that exists in the test alone.
struct Only {
    name: &'static str,
    source: String,
}

impl FileResolver for Only {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == self.name {
            File::from_source(name, &self.source)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

fn linted(name: &'static str, source: String) -> Vec<String> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Only { name, source });
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_source_info(true).open_file(name).expect("the sample compiles");
    findings(&compiler.file_descriptor_set())
}

fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "the sample has no {from}");
    linted("shop/v1/till_service.proto", GOOD.replace(from, to))
}

#[test]
fn a_good_contract_has_no_findings() {
    assert_eq!(linted("shop/v1/till_service.proto", GOOD.to_owned()), Vec::<String>::new());
}

#[test]
fn a_package_that_is_not_the_path_is_found() {
    assert_eq!(
        linted("shop/v2/till_service.proto", GOOD.to_owned()),
        ["shop/v2/till_service.proto: the package is not the path"]
    );
}

#[test]
fn a_service_in_a_file_of_another_name_is_found() {
    assert_eq!(linted("shop/v1/events.proto", GOOD.to_owned()).len(), 2);
    assert_eq!(linted("shop/v1/desk_service.proto", GOOD.to_owned()).len(), 1);
}

#[test]
fn whatever_has_no_comment_is_found() {
    for comment in GOOD.lines().filter(|line| line.trim().starts_with("//")) {
        let found = linted("shop/v1/till_service.proto", GOOD.replacen(comment, "", 1));
        assert!(found.len() == 1 && found[0].ends_with("has no comment"), "{comment}: {found:?}");
    }
}

#[test]
fn a_changing_rpc_without_a_request_id_is_found() {
    assert_eq!(changed("request_id", "request").len(), 1);
}

#[test]
fn a_list_without_pages_is_found() {
    for field in ["page_size", "string page_token", "next_page_token"] {
        let replaced = field.replace("page", "leaf");
        assert_eq!(changed(field, &replaced).len(), 1, "{field}");
    }
}

#[test]
fn a_time_or_an_amount_of_the_wrong_type_is_found() {
    assert_eq!(changed("sold_time", "sold_at").len(), 1);
    assert_eq!(changed("int64 price_minor", "int32 price_minor").len(), 1);
    assert_eq!(changed("int64 price_minor", "double price").len(), 1);
}

#[test]
fn a_message_that_is_not_the_rpcs_own_is_found() {
    let found = changed("returns (SellItemResponse)", "returns (ListItemsResponse)");
    assert_eq!(found, ["shop/v1/till_service.proto: SellItem does not give SellItemResponse"]);
}

#[test]
fn an_enumeration_without_an_unspecified_zero_is_found() {
    assert_eq!(changed("KIND_UNSPECIFIED", "KIND_COUNTED").len(), 1);
    assert_eq!(changed("KIND_WEIGHED", "WEIGHED").len(), 1);
}
