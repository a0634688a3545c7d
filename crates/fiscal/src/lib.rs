//! The chain of sealed fiscal records of a till.
