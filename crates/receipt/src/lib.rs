//! Receipts, card slips and credit notes by e-mail.
