//! The contracts: generated messages, services and event subjects.
