//! Training: a till that practises shows it on every screen, asks no card terminal, and leaves nothing behind.

use super::{
    machine::{Machine, Stop},
    view::Screen,
};
use crate::{card::Outcome, journal::Mode, practice::MARK, stage::Stage};

impl Machine {
    /// Whether what is shown is practised: by the basket where there is one, by the office's word where nobody is served.
    pub(super) fn is_training(&self, screen: &Screen) -> bool {
        match (screen, &self.stage) {
            (Screen::Thanks(sale), _) => sale.training,
            (_, Stage::Idle | Stage::Resuming { .. }) => self.mode.till,
            _ => self.basket_trains(),
        }
    }

    /// Whether the basket that the till is at is one of training. It says so itself; while it is out of reach the journal does.
    pub(super) fn basket_trains(&self) -> bool {
        self.basket.as_ref().map_or(self.mode.basket, |basket| basket.training)
    }

    /// Remembers how the basket was opened, before anything is done with it: it is known after a restart, too.
    pub(super) async fn keep_the_baskets_mode(&mut self, basket: bool) -> Result<(), Stop> {
        self.keep_mode(Mode { basket, ..self.mode }).await
    }

    /// Remembers what the office says.
    pub(super) async fn keep_the_tills_mode(&mut self, till: bool) -> Result<(), Stop> {
        self.keep_mode(Mode { till, ..self.mode }).await
    }

    async fn keep_mode(&mut self, mode: Mode) -> Result<(), Stop> {
        if mode != self.mode {
            self.parts.journal.mode(mode).await?;
            self.mode = mode;
        }
        Ok(())
    }

    /// A slip that was practised says so itself, wherever it goes.
    pub(super) fn marked(&self, slip_text: String) -> String {
        if self.basket_trains() { format!("{MARK}\n{slip_text}") } else { slip_text }
    }

    /// Asks for the money: of the card terminal, or, in training, of nobody.
    pub(super) async fn ask_for(&self, amount_minor: i64, reference: &str) -> Outcome {
        match self.basket_trains() {
            true => self.practice.debit(amount_minor).await,
            false => self.parts.card.debit(amount_minor, reference).await,
        }
    }

    /// Whether money goes back without a person: what was practised does.
    pub(super) fn can_credit(&self) -> bool {
        self.basket_trains() || self.parts.card.has_credit()
    }

    /// Has money given back: by the card terminal, or, in training, by nobody.
    pub(super) async fn give_by(&self, amount_minor: i64, reference: &str) -> Outcome {
        match self.basket_trains() {
            true => self.practice.credit(amount_minor).await,
            false => self.parts.card.credit(amount_minor, reference).await,
        }
    }
}
