//! What can be asked of a till, and who answers it.

use super::{
    Means, Settlement,
    machine::{Machine, Stop},
    view::Notice,
};
use crate::{
    client::Shown,
    journal::{Cause, Change},
    receipt::{Language, Wanted},
    stage::Stage,
};

/// What can be asked of a till.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Scan { code: String, quantity_milli: i64, tare_milli: i64 },
    ReturnDeposit { code: String, quantity_milli: i64 },
    Resolve { attendant_code: String, line_id: i32, code: String, quantity_milli: i64 },
    RecordAudit { attendant_code: String, codes: Vec<String> },
    Bags { pieces: i64 },
    Unidentify,
    SetQuantity { line_id: i32, quantity_milli: i64 },
    Remove { line_id: i32 },
    Identify { card: barcode::CardNumber },
    ApplyDiscount { code: String },
    ChooseReceipt { wanted: Wanted, language: Language },
    Print,
    Pay { means: Means },
    GiveBack,
    Cancel,
    Suspend,
    Resume { shown: Shown },
    Next,
    Touch,
    Help,
    NoHelp,
    GiveRefund { attendant_code: String, number: i64, terminal_code: String },
    Settle { attendant_code: String, settlement: Settlement },
}

impl Command {
    /// Whether it is a step towards a sale. A shopper who has paid gets the paper, and anybody may call somebody.
    pub(super) const fn serves(&self) -> bool {
        !matches!(
            self,
            Self::Print | Self::Next | Self::Touch | Self::Help | Self::NoHelp | Self::Settle { .. }
        )
    }

    /// Whether the card terminal may be asked for it: one after the other, each by somebody who has seen what became of the last.
    pub(super) const fn moves_money(&self) -> bool {
        matches!(self, Self::Pay { .. } | Self::GiveBack | Self::GiveRefund { .. } | Self::Settle { .. })
    }
}

impl Machine {
    /// Carries a command out.
    pub(super) async fn carry_out(&mut self, command: Command) -> Result<(), Stop> {
        if self.needs_attendant() && !matches!(command, Command::Settle { .. }) {
            return Err(Stop::Told(Notice::NeedsAttendant));
        }
        let goes_on = matches!(
            command,
            Command::Pay { .. }
                | Command::GiveBack
                | Command::Print
                | Command::Help
                | Command::NoHelp
                | Command::Next
        );
        if matches!(self.stage, Stage::Held { .. }) && !goes_on {
            return Err(Stop::Told(Notice::PartPaid));
        }
        if self.stage == Stage::Idle && command.serves() {
            self.wait_for_a_claim().await;
        }
        if (self.closure().is_some() || self.is_unread()) && command.serves() {
            return Err(Stop::Told(Notice::Closed));
        }
        match command {
            Command::Scan { code, quantity_milli, tare_milli } => {
                self.scan(code, quantity_milli, tare_milli).await
            }
            Command::ReturnDeposit { code, quantity_milli } => {
                self.return_deposit(code, quantity_milli).await
            }
            Command::Resolve { attendant_code, line_id, code, quantity_milli } => {
                self.resolve(&attendant_code, Change::Resolve { line_id, code, quantity_milli }).await
            }
            Command::RecordAudit { attendant_code, codes } => self.record_audit(&attendant_code, codes).await,
            Command::Bags { pieces } => self.take_bags(pieces).await,
            Command::Unidentify => self.unidentify().await,
            Command::SetQuantity { line_id, quantity_milli } => {
                self.set_quantity(line_id, quantity_milli).await
            }
            Command::Remove { line_id } => self.remove(line_id).await,
            Command::Identify { card } => self.identify(card).await,
            Command::ApplyDiscount { code } => self.apply_discount(code).await,
            Command::ChooseReceipt { wanted, language } => self.choose_receipt(wanted, language).await,
            Command::Print => self.print().await,
            Command::Pay { means } => self.pay(means).await,
            Command::GiveBack => self.give_back().await,
            Command::Cancel => self.cancel(Cause::Shopper).await,
            Command::Help => self.call_for_help().await,
            Command::NoHelp => self.take_the_call_back().await,
            Command::Suspend => self.suspend().await,
            Command::Resume { shown } => self.resume_basket(shown).await,
            Command::Next => self.begin_anew().await,
            Command::Touch => Ok(()),
            Command::GiveRefund { attendant_code, number, terminal_code } => {
                self.give_refund(&attendant_code, number, terminal_code).await
            }
            Command::Settle { attendant_code, settlement } => self.settle(&attendant_code, settlement).await,
        }
    }
}
