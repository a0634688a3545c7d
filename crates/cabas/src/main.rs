//! The one program: every service, the till and the operators' commands.

fn main() {}
