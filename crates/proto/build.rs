//! Compiles the contracts with protox: no system `protoc` is needed.

use std::{env, error::Error, fs, path::PathBuf};

/// Messages that travel as JSON events, with everything inside them.
const EVENTS: [&str; 13] = [
    ".cabas.type.v1.VatTotal",
    ".cabas.checkout.v1.SaleCompleted",
    ".cabas.checkout.v1.SaleRefunded",
    ".cabas.checkout.v1.RefundPaidBack",
    ".cabas.checkout.v1.SaleLine",
    ".cabas.checkout.v1.SaleDiscount",
    ".cabas.checkout.v1.SalePayment",
    ".cabas.checkout.v1.TillAttended",
    ".cabas.checkout.v1.BasketEnded",
    ".cabas.checkout.v1.BasketEdit",
    ".cabas.checkout.v1.ProductsChanged",
    ".cabas.checkout.v1.ChangedProduct",
    ".cabas.checkout.v1.ChangedSupplier",
];

/// The event messages of the last three packages, which also hold messages that never travel as JSON.
const NAMED_EVENTS: [&str; 9] = [
    "MemberRegistered",
    "CardIssued",
    "CardBlocked",
    "ShopperInvited",
    "MailSettled",
    "ReviewSubmitted",
    "ReviewReplied",
    "ComplaintSubmitted",
    "ComplaintSettled",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_source_info(true).include_imports(true);
    for package in ["checkout", "membership", "receipt", "reviews", "analytics"] {
        let folder = root.join("cabas").join(package).join("v1");
        let mut names: Vec<_> =
            fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
        names.sort();
        for name in names {
            compiler.open_file(PathBuf::from("cabas").join(package).join("v1").join(name))?;
        }
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptor.bin"), compiler.encode_file_descriptor_set())?;

    let files = compiler.file_descriptor_set();
    let mut config = tonic_prost_build::configure()
        .btree_map(".")
        .type_attribute(".cabas", "#[allow(missing_docs, reason = \"documented in the .proto\")]");
    for (message, time_fields) in events(&files) {
        config = config
            .type_attribute(&message, "#[derive(serde::Serialize, serde::Deserialize)] #[serde(default)]");
        for field in time_fields {
            config = config.field_attribute(
                format!("{message}.{field}"),
                "#[serde(with = \"crate::rfc3339\", skip_serializing_if = \"Option::is_none\")]",
            );
        }
    }
    config.compile_fds(files)?;
    Ok(())
}

/// Every event message with the names of its `Timestamp` fields, which JSON shows as RFC 3339.
fn events(files: &prost_types::FileDescriptorSet) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for file in &files.file {
        for message in &file.message_type {
            let path = format!(".{}.{}", file.package(), message.name());
            if EVENTS.contains(&path.as_str()) || NAMED_EVENTS.contains(&message.name()) {
                let times = message
                    .field
                    .iter()
                    .filter(|field| field.type_name() == ".google.protobuf.Timestamp")
                    .map(|field| field.name().to_owned())
                    .collect();
                found.push((path, times));
            }
        }
    }
    found
}
