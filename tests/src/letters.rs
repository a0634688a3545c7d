//! Mails as shoppers read them.

use std::time::Duration;

use demo::mailbox::{self, Letter};
use testbed::eventually;
use uuid::Uuid;

use crate::OpenShop;

impl OpenShop {
    /// Every mail that arrived, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        mailbox::letters(self.shop.sink.folder()).unwrap().into_values().collect()
    }

    /// Waits for the receipt of a sale.
    pub async fn receipt_of(&self, sale_id: Uuid, patience: Duration) -> Letter {
        self.letter(patience, |letter| letter.receipt_of() == Some(sale_id.to_string().as_str())).await
    }

    /// Waits for the first mail that is it.
    pub async fn letter(&self, patience: Duration, is_it: impl Fn(&Letter) -> bool) -> Letter {
        let found = eventually(patience, "the mail", async || self.letters().into_iter().find(&is_it));
        found.await.unwrap()
    }

    /// How many receipts of a sale arrived.
    #[must_use]
    pub fn receipts_of(&self, sale_id: Uuid) -> usize {
        let sale_id = sale_id.to_string();
        self.letters().iter().filter(|letter| letter.receipt_of() == Some(sale_id.as_str())).count()
    }
}
