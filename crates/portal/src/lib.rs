//! The pages for people who are not at a till.
