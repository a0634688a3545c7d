//! A shop's day, played through the tills and read back by a separate reader.

fn main() {}
