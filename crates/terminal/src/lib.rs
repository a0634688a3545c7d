//! The till: client library, kiosk page, card-terminal driver, journal, simulator.
