//! Members, cards, consents and staff: the only place for personal data.
