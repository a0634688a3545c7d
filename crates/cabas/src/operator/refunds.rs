//! `cabas refunds`: what waits at the desks and tills of a store, and what the acquirer gives back.

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use platform::peer::Peer;
use proto::checkout::v1::{
    AcquirerRefundState, HandRefundToAcquirerRequest, ListRefundsDueRequest, Payout, RefundCreditState,
    RefundPayment, SettleAcquirerRefundRequest, SettleRefundCreditRequest,
    payout_service_client::PayoutServiceClient,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{OperatorArgs, checkout, refused, request_id};

/// Refunds on a page, as large as checkout gives them.
const PAGE: i32 = 200;

#[derive(Args)]
struct RefundsArgs {
    #[command(flatten)]
    operator: OperatorArgs,
    /// Code of the store
    #[arg(long)]
    store: String,
    #[command(subcommand)]
    what: RefundsCommand,
}

#[derive(Subcommand)]
enum RefundsCommand {
    /// Lists the open tasks of the acquirer's, the newest first, each as one line of JSON
    List {
        /// What waits at the desk or at a till instead
        #[arg(long)]
        desk: bool,
    },
    /// Leaves a refund that waits at the desk to the acquirer
    Hand {
        /// The refund
        refund_id: Uuid,
    },
    /// Says that the acquirer was asked
    Sent(TaskArgs),
    /// Says that the acquirer has given it
    Done(TaskArgs),
    /// Says that the acquirer does not give it: it waits at the desk from then on
    Refused(TaskArgs),
    /// Settles a credit of a till's card terminal that nobody knows of: its journal shows it
    Credited {
        /// The credit
        credit_id: Uuid,
    },
    /// Settles such a credit: the journal shows nothing, and the refund waits again
    NotCredited {
        /// The credit
        credit_id: Uuid,
    },
}

#[derive(Args)]
struct TaskArgs {
    /// The refund
    refund_id: Uuid,
    /// What the acquirer calls it
    #[arg(long, default_value = "")]
    reference: String,
}

/// The command.
pub fn command() -> Command {
    RefundsArgs::augment_args(Command::new("refunds"))
        .about("Lists what is to be given back, and records what became of it with the acquirer")
}

/// Answers it.
pub async fn answer(matches: &ArgMatches) -> anyhow::Result<()> {
    let RefundsArgs { operator, store, what } = RefundsArgs::from_arg_matches(matches)?;
    let client = PayoutServiceClient::new(checkout(&operator)?);
    match what {
        RefundsCommand::List { desk } => list(client, &store, desk).await,
        RefundsCommand::Hand { refund_id } => hand(client, store, refund_id).await,
        RefundsCommand::Sent(task) => settle(client, store, task, AcquirerRefundState::Sent).await,
        RefundsCommand::Done(task) => settle(client, store, task, AcquirerRefundState::Done).await,
        RefundsCommand::Refused(task) => settle(client, store, task, AcquirerRefundState::Refused).await,
        RefundsCommand::Credited { credit_id } => {
            credited(client, store, credit_id, RefundCreditState::Done).await
        }
        RefundsCommand::NotCredited { credit_id } => {
            credited(client, store, credit_id, RefundCreditState::Refused).await
        }
    }
}

async fn list(mut client: PayoutServiceClient<Peer>, store: &str, desk: bool) -> anyhow::Result<()> {
    let method = if desk { Payout::Desk } else { Payout::Acquirer };
    let mut page_token = String::new();
    loop {
        let request = ListRefundsDueRequest {
            page_size: PAGE,
            page_token,
            method: method.into(),
            store_code: store.to_owned(),
            ..ListRefundsDueRequest::default()
        };
        let page = client.list_refunds_due(request).await.map_err(refused)?.into_inner();
        for refund in &page.refunds {
            println!("{}", line(refund));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}

async fn hand(
    mut client: PayoutServiceClient<Peer>,
    store_code: String,
    refund_id: Uuid,
) -> anyhow::Result<()> {
    let request = HandRefundToAcquirerRequest {
        request_id: request_id(),
        refund_id: refund_id.to_string(),
        store_code,
    };
    let done = client.hand_refund_to_acquirer(request).await.map_err(refused)?.into_inner();
    println!("{}", line(&done.refund.unwrap_or_default()));
    Ok(())
}

async fn settle(
    mut client: PayoutServiceClient<Peer>,
    store_code: String,
    TaskArgs { refund_id, reference }: TaskArgs,
    state: AcquirerRefundState,
) -> anyhow::Result<()> {
    let request = SettleAcquirerRefundRequest {
        request_id: request_id(),
        refund_id: refund_id.to_string(),
        state: state.into(),
        reference,
        store_code,
    };
    let done = client.settle_acquirer_refund(request).await.map_err(refused)?.into_inner();
    println!("{}", line(&done.refund.unwrap_or_default()));
    Ok(())
}

async fn credited(
    mut client: PayoutServiceClient<Peer>,
    store_code: String,
    credit_id: Uuid,
    state: RefundCreditState,
) -> anyhow::Result<()> {
    let request = SettleRefundCreditRequest {
        request_id: request_id(),
        credit_id: credit_id.to_string(),
        state: state.into(),
        store_code,
    };
    let done = client.settle_refund_credit(request).await.map_err(refused)?.into_inner();
    println!("{}", line(&done.refund.unwrap_or_default()));
    Ok(())
}

/// All of it as one object: the cards by their last digits alone, and no person.
fn line(refund: &RefundPayment) -> Value {
    let total = refund.total.as_ref().map_or(0, |total| total.amount_minor);
    let due = if refund.paid_out_time.is_none() { total - refund.given_minor } else { 0 };
    let payments = refund.payments.iter().map(|tender| {
        let card = tender.card.as_ref();
        json!({"brand": card.map(|card| &card.brand), "pan_last4": card.map(|card| &card.pan_last4),
            "amount_cents": tender.amount_minor})
    });
    let credit = refund.credit.as_ref().map(|credit| {
        json!({"credit_id": credit.credit_id, "terminal": credit.terminal_code,
            "amount_cents": credit.amount_minor, "state": word(credit.state().as_str_name()),
            "waits_for_person": credit.waits_for_person})
    });
    json!({
        "refund_id": refund.refund_id,
        "terminal": refund.terminal_code,
        "number": refund.sequence,
        "ticket": refund.sale_sequence,
        "refunded": refund.refunded_time.map(|time| time.to_string()),
        "amount_cents": total,
        "given_cents": refund.given_minor,
        "due_cents": due,
        "by": word(refund.method().as_str_name()),
        "acquirer": word(refund.acquirer_state().as_str_name()),
        "reference": refund.acquirer_reference,
        "credit": credit,
        "paid_out": refund.paid_out_time.map(|time| time.to_string()),
        "payments": payments.collect::<Vec<_>>(),
    })
}

/// `ACQUIRER_REFUND_STATE_OPEN` as `open`.
fn word(name: &str) -> String {
    name.rsplit('_').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::Money;

    use super::*;

    #[test]
    fn a_task_is_one_line_of_json_that_says_where_it_stands() {
        let refund = RefundPayment {
            terminal_code: "LILLE-01".to_owned(),
            sequence: 12,
            method: Payout::Acquirer.into(),
            acquirer_state: AcquirerRefundState::Sent.into(),
            acquirer_reference: "R-12".to_owned(),
            ..RefundPayment::default()
        };
        let line = line(&refund).to_string();
        assert!(!line.contains('\n'), "{line}");
        for part in
            ["\"acquirer\":\"sent\"", "\"by\":\"acquirer\"", "\"number\":12", "\"reference\":\"R-12\""]
        {
            assert!(line.contains(part), "{part}: {line}");
        }
    }

    #[test]
    fn a_refund_of_which_a_till_gave_a_part_is_asked_of_the_bank_for_the_rest_alone() {
        let total = Some(Money { currency_code: "EUR".to_owned(), amount_minor: 800 });
        let task = RefundPayment { total, given_minor: 500, ..RefundPayment::default() };
        let cents = |refund: &RefundPayment| {
            let line = line(refund);
            ["amount_cents", "given_cents", "due_cents"].map(|part| line[part].as_i64().unwrap())
        };
        assert_eq!(cents(&task), [800, 500, 300]);
        let paid = RefundPayment { paid_out_time: Some(prost_types::Timestamp::default()), ..task };
        assert_eq!(cents(&paid), [800, 500, 0]);
    }
}
