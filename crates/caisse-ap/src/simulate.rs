//! The terminal's side: the answers a simulator gives.

use money::Cents;

use crate::{Complement, FieldError, Frame, Operation, Request, Slip, Tag};

/// What a simulated terminal says of a payment that it made.
#[derive(Debug, Clone)]
pub struct Approval<'text> {
    /// How much was paid: what was asked, or less.
    pub paid: Cents,
    /// The bank's authorisation, up to ten letters and digits.
    pub authorisation: &'text str,
    /// The application of the card, in hexadecimal digits.
    pub aid: &'text str,
    /// The last four digits of the card.
    pub pan_last4: &'text str,
    /// Whether the card was held against the terminal.
    pub contactless: bool,
    /// Whether the card is one of meal vouchers.
    pub meal_voucher: bool,
    /// The slip, sent when the request asks for one.
    pub slip: Option<&'text str>,
}

/// "Done": the payment was made.
pub fn approved(request: &Request, approval: &Approval<'_>) -> Result<Frame, FieldError> {
    let mut frame = echo(request, request.amount.map(|_| approval.paid))?;
    frame.push(Tag::STATUS, "10")?;
    let application = match (approval.meal_voucher, approval.contactless) {
        (true, true) => "10E",
        (true, false) => "00E",
        (false, true) => "00B",
        (false, false) => "001",
    };
    frame.push(Tag::APPLICATION, application)?;
    frame.push(Tag::READING, if approval.contactless { "2" } else { "1" })?;
    frame.push(Tag::CARD_NUMBER, format!("{:*>16}", approval.pan_last4))?;
    frame.push(Tag::AUTHORISATION, approval.authorisation)?;
    frame.push(Tag::CARD_APPLICATION, approval.aid)?;
    push_slip(&mut frame, request, approval.slip)?;
    Ok(frame)
}

/// "Not done", and why.
pub fn not_done(request: &Request, complement: Complement, slip: Option<&str>) -> Result<Frame, FieldError> {
    let mut frame = echo(request, request.amount.map(|(asked, _)| asked))?;
    frame.push(Tag::STATUS, "01")?;
    frame.push(Tag::COMPLEMENT, complement.code())?;
    push_slip(&mut frame, request, slip)?;
    Ok(frame)
}

/// The red button, as terminals in the field answer it: without the amount.
pub fn abandoned_without_amount(request: &Request) -> Result<Frame, FieldError> {
    let mut frame = echo(request, None)?;
    frame.push(Tag::STATUS, "01")?;
    frame.push(Tag::COMPLEMENT, Complement::AbandonedByCardholder.code())?;
    Ok(frame)
}

/// "Taken into account": the answer proper comes later, on the same connection.
pub fn acknowledged(request: &Request) -> Result<Frame, FieldError> {
    let mut frame = echo(request, request.amount.map(|(asked, _)| asked))?;
    frame.push(Tag::STATUS, "11")?;
    Ok(frame)
}

/// "Here I am."
pub fn identified(request: &Request) -> Result<Frame, FieldError> {
    let mut frame = echo(request, None)?;
    frame.push(Tag::STATUS, "10")?;
    Ok(frame)
}

fn echo(request: &Request, amount: Option<Cents>) -> Result<Frame, FieldError> {
    let mut frame = Frame::default();
    frame.push(Tag::VERSION, request.version.as_str())?;
    frame.push(Tag::IPC, request.ipc.as_str())?;
    frame.push(Tag::TILL, request.till.as_str())?;
    if let Some(amount) = amount {
        frame.push(Tag::AMOUNT, format!("{:02}", amount.get()))?;
    }
    frame.push(Tag::OPERATION, request.operation.code())?;
    if let (Operation::Debit | Operation::Credit, Some((_, currency))) = (request.operation, request.amount) {
        frame.push(Tag::CURRENCY, currency.as_str())?;
    }
    if let Some(reference) = &request.reference {
        frame.push(Tag::REFERENCE, reference)?;
    }
    Ok(frame)
}

fn push_slip(frame: &mut Frame, request: &Request, slip: Option<&str>) -> Result<(), FieldError> {
    let (Some(ticket), Some(slip)) = (request.ticket, slip.filter(|_| request.wants_slip())) else {
        return Ok(());
    };
    let mut nested = Frame::default();
    nested.push(Tag::TICKET_HANDLING, ticket.as_str())?;
    nested.push(Tag::SLIP, Slip::encode(slip))?;
    frame.push(Tag::TICKET, nested.encode())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Outcome, Profile, SlipRule};

    fn request() -> Request {
        let mut profile =
            Profile::new("0320".parse().unwrap(), "012345678901".parse().unwrap(), "01".parse().unwrap());
        profile.ticket = Some(Profile::SHOPPER_SLIP);
        profile.debit(Cents::new(2_500), None).unwrap()
    }

    fn approval(slip: &str) -> Approval<'_> {
        let (authorisation, aid, pan_last4) = ("A00395", "A0000000041010", "0674");
        Approval {
            paid: Cents::new(2_500),
            authorisation,
            aid,
            pan_last4,
            contactless: true,
            meal_voucher: false,
            slip: Some(slip),
        }
    }

    #[test]
    fn the_till_understands_every_simulated_answer() {
        let request = request();
        let outcome = |frame: Frame| {
            let sent = Frame::parse(&frame.encode()).unwrap();
            Answer::new(sent).outcome(&request, &SlipRule::default()).unwrap()
        };
        let Outcome::Approved(payment) = outcome(approved(&request, &approval("Débit")).unwrap()) else {
            panic!("an approved debit")
        };
        assert_eq!(payment.slip.unwrap().unwrap().text(), "Débit");
        assert_eq!((payment.brand.name(), payment.pan_last4.unwrap().as_str()), ("Mastercard", "0674"));
        assert_eq!(outcome(not_done(&request, Complement::Refused, None).unwrap()), Outcome::Refused);
        assert_eq!(outcome(abandoned_without_amount(&request).unwrap()), Outcome::Abandoned);
        assert_eq!(outcome(acknowledged(&request).unwrap()), Outcome::InProgress);
        let lower = Approval { paid: Cents::new(2_000), ..approval("Débit") };
        assert!(matches!(outcome(approved(&request, &lower).unwrap()), Outcome::Partial(_)));
    }

    #[test]
    fn the_largest_slip_fills_the_largest_field() {
        let answer = approved(&request(), &approval(&"x".repeat(738))).unwrap();
        assert_eq!(answer.get(Tag::TICKET).unwrap().len(), 8 + 5 + 984);
        assert_eq!(approved(&request(), &approval(&"x".repeat(741))), Err(FieldError::Length(Tag::TICKET)));
    }

    #[test]
    fn a_slip_is_sent_only_where_one_is_asked_for() {
        let request = Request { ticket: None, ..request() };
        assert_eq!(approved(&request, &approval("Débit")).unwrap().get(Tag::TICKET), None);
    }
}
