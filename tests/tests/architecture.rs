//! What must hold for the code as a whole, read from the code as text and from `cargo metadata`.
//!
//! A rule that no test holds is decoration: each rule of ARCHITECTURE.md that a compiler cannot see is a function here.

#[path = "architecture/contracts.rs"]
mod contracts;
#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/files.rs"]
mod files;
#[path = "architecture/fiscal.rs"]
mod fiscal;
#[path = "architecture/honesty.rs"]
mod honesty;
#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/services.rs"]
mod services;
#[path = "architecture/workspace.rs"]
mod workspace;
