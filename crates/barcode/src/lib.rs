//! What a scanner sends, read as a typed value or refused with a reason.
