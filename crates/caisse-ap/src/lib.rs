//! The Caisse-AP over IP protocol between a till and a card payment terminal.
