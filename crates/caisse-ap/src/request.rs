//! What the till asks of the terminal.

use money::Cents;
use thiserror::Error;

use crate::{Digits, FieldError, Frame, Tag};

/// The largest amount twelve digits can carry.
const MAX_AMOUNT: i64 = 999_999_999_999;

/// The largest reference the protocol carries.
const MAX_REFERENCE: usize = 99;

/// What the terminal is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Take money from a card.
    Debit,
    /// Give money back to a card; not linked to any debit.
    Credit,
    /// Say that it is there.
    Identification,
}

/// When the terminal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delay {
    /// Once, at the end of the transaction.
    AtTheEnd,
    /// At once with an acknowledgement, and again at the end.
    Immediate,
}

/// What follows the last field of a request: makers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Suffix {
    /// Nothing.
    #[default]
    None,
    /// Carriage return and line feed.
    CrLf,
}

/// How one terminal wants to be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Protocol version, such as `0320`.
    pub version: Digits<4>,
    /// Identifier of the till's software, issued by the Association du Paiement.
    pub ipc: Digits<12>,
    /// Number of the till.
    pub till: Digits<2>,
    /// Currency, ISO 4217 numeric.
    pub currency: Digits<3>,
    /// Asks for an answering moment, where the terminal knows the tag.
    pub delay: Option<Delay>,
    /// Asks for a slip in the answer, where the terminal knows the tag; see [`Profile::SHOPPER_SLIP`].
    pub ticket: Option<Digits<3>>,
    /// Whether the terminal knows the tag of the merchant's own reference; it is left out otherwise.
    pub references: bool,
    /// Says whether less than the amount may be taken, where the terminal knows the tag; newer ones reject it.
    pub partial: Option<bool>,
}

/// A request, as the till sends and the terminal reads it. Every value was checked when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) version: Digits<4>,
    pub(crate) ipc: Digits<12>,
    pub(crate) till: Digits<2>,
    pub(crate) operation: Operation,
    /// Nothing for an identification.
    pub(crate) amount: Option<(Cents, Digits<3>)>,
    pub(crate) delay: Option<Delay>,
    pub(crate) ticket: Option<Digits<3>>,
    pub(crate) reference: Option<String>,
    pub(crate) partial: Option<bool>,
}

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Nothing, less than nothing, or more than twelve digits.
    #[error("the amount is not between 0.01 and 9999999999.99")]
    Amount,
    /// The reference is empty, longer than 99 characters or not printable ASCII.
    #[error("the reference is not 1 to 99 printable ASCII characters")]
    Reference,
    /// The version is not the first field.
    #[error("the version is not the first field")]
    VersionFirst,
    /// A field that this operation needs is not there.
    #[error("{0} is missing")]
    Missing(Tag),
    /// A field holds what it cannot hold.
    #[error("{0} is invalid")]
    Invalid(Tag),
    /// An operation other than debit, credit and identification.
    #[error("the operation is not known")]
    UnknownOperation,
}

impl Operation {
    /// The value of the operation field.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Debit => "0",
            Self::Credit => "1",
            Self::Identification => "I",
        }
    }
}

impl Profile {
    /// The euro.
    pub const EUR: Digits<3> = Digits::known(*b"978");

    /// The shopper's slip as text, in the answer.
    pub const SHOPPER_SLIP: Digits<3> = Digits::known(*b"100");

    /// A profile in euros without any optional tag: what every terminal understands.
    pub const fn new(version: Digits<4>, ipc: Digits<12>, till: Digits<2>) -> Self {
        let (delay, ticket, partial) = (None, None, None);
        Self { version, ipc, till, currency: Self::EUR, delay, ticket, references: false, partial }
    }

    /// Asks for money.
    pub fn debit(&self, amount: Cents, reference: Option<&str>) -> Result<Request, RequestError> {
        self.financial(Operation::Debit, amount, reference)
    }

    /// Gives money back to the card that is presented.
    pub fn credit(&self, amount: Cents, reference: Option<&str>) -> Result<Request, RequestError> {
        self.financial(Operation::Credit, amount, reference)
    }

    /// Asks the terminal whether it is there; no money is involved.
    pub fn identification(&self) -> Request {
        Request {
            version: self.version,
            ipc: self.ipc,
            till: self.till,
            operation: Operation::Identification,
            amount: None,
            delay: None,
            ticket: None,
            reference: None,
            partial: None,
        }
    }

    fn financial(
        &self,
        operation: Operation,
        amount: Cents,
        reference: Option<&str>,
    ) -> Result<Request, RequestError> {
        if !(1..=MAX_AMOUNT).contains(&amount.get()) {
            return Err(RequestError::Amount);
        }
        if reference.is_some_and(|reference| !is_reference(reference)) {
            return Err(RequestError::Reference);
        }
        Ok(Request {
            operation,
            amount: Some((amount, self.currency)),
            delay: self.delay,
            ticket: self.ticket,
            reference: reference.filter(|_| self.references).map(str::to_owned),
            partial: self.partial,
            ..self.identification()
        })
    }
}

impl Request {
    /// What to do.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// How much; nothing for an identification.
    pub fn amount(&self) -> Option<Cents> {
        self.amount.map(|(amount, _)| amount)
    }

    /// When the terminal is to answer, if the till says.
    pub const fn delay(&self) -> Option<Delay> {
        self.delay
    }

    /// Whether a slip is wanted in the answer.
    pub fn wants_slip(&self) -> bool {
        self.ticket.is_some_and(|ticket| ticket.as_str().starts_with('1'))
    }

    /// The merchant's own reference, if it is sent.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The bytes to send.
    pub fn encode(&self, suffix: Suffix) -> Vec<u8> {
        let frame = self.to_frame().expect("every field was checked when the request was made");
        let mut bytes = frame.encode();
        if suffix == Suffix::CrLf {
            bytes.extend(b"\r\n");
        }
        bytes
    }

    fn to_frame(&self) -> Result<Frame, FieldError> {
        let mut frame = Frame::default();
        frame.push(Tag::VERSION, self.version.as_str())?;
        frame.push(Tag::IPC, self.ipc.as_str())?;
        frame.push(Tag::TILL, self.till.as_str())?;
        if let Some((amount, _)) = self.amount {
            frame.push(Tag::AMOUNT, format!("{:02}", amount.get()))?;
        }
        frame.push(Tag::OPERATION, self.operation.code())?;
        if let Some((_, currency)) = self.amount {
            frame.push(Tag::CURRENCY, currency.as_str())?;
        }
        if let Some(delay) = self.delay {
            frame.push(Tag::DELAY, if delay == Delay::Immediate { "1" } else { "0" })?;
        }
        if let Some(partial) = self.partial {
            frame.push(Tag::PARTIAL, if partial { "1" } else { "0" })?;
        }
        if let Some(reference) = &self.reference {
            frame.push(Tag::REFERENCE, reference)?;
        }
        if let Some(ticket) = self.ticket {
            frame.push(Tag::TICKET_HANDLING, ticket.as_str())?;
        }
        Ok(frame)
    }

    /// The terminal's side: what a till asks. Unknown fields are passed over.
    pub fn from_frame(frame: &Frame) -> Result<Self, RequestError> {
        if frame.fields().first().map(|field| field.tag()) != Some(Tag::VERSION) {
            return Err(RequestError::VersionFirst);
        }
        let operation = match required(frame, Tag::OPERATION)? {
            b"0" => Operation::Debit,
            b"1" => Operation::Credit,
            b"I" => Operation::Identification,
            _ => return Err(RequestError::UnknownOperation),
        };
        let amount = match operation {
            Operation::Debit | Operation::Credit => {
                let amount =
                    read_amount(required(frame, Tag::AMOUNT)?).ok_or(RequestError::Invalid(Tag::AMOUNT))?;
                if amount.is_zero() {
                    return Err(RequestError::Amount);
                }
                Some((amount, digits(frame, Tag::CURRENCY)?))
            }
            Operation::Identification => None,
        };
        let delay = flag(frame, Tag::DELAY)?;
        let delay = delay.map(|immediate| if immediate { Delay::Immediate } else { Delay::AtTheEnd });
        let ticket =
            frame.get(Tag::TICKET_HANDLING).map(|_| digits(frame, Tag::TICKET_HANDLING)).transpose()?;
        let reference = match frame.get(Tag::REFERENCE).map(std::str::from_utf8) {
            None => None,
            Some(Ok(text)) if is_reference(text) => Some(text.to_owned()),
            Some(_) => return Err(RequestError::Reference),
        };
        Ok(Self {
            version: digits(frame, Tag::VERSION)?,
            ipc: digits(frame, Tag::IPC)?,
            till: digits(frame, Tag::TILL)?,
            operation,
            amount,
            delay,
            ticket,
            reference,
            partial: flag(frame, Tag::PARTIAL)?,
        })
    }
}

/// A field of one digit: yes or no.
fn flag(frame: &Frame, tag: Tag) -> Result<Option<bool>, RequestError> {
    match frame.get(tag) {
        None => Ok(None),
        Some(b"0") => Ok(Some(false)),
        Some(b"1") => Ok(Some(true)),
        Some(_) => Err(RequestError::Invalid(tag)),
    }
}

fn is_reference(text: &str) -> bool {
    (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn required(frame: &Frame, tag: Tag) -> Result<&[u8], RequestError> {
    frame.get(tag).ok_or(RequestError::Missing(tag))
}

fn digits<const N: usize>(frame: &Frame, tag: Tag) -> Result<Digits<N>, RequestError> {
    Digits::from_bytes(required(frame, tag)?).map_err(|_| RequestError::Invalid(tag))
}

/// Two to twelve digits, possibly padded with zeros.
pub(crate) fn read_amount(value: &[u8]) -> Option<Cents> {
    let text = std::str::from_utf8(value).ok()?;
    let readable = (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if readable { text.parse().ok().map(Cents::new) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(version: &str, till: &str) -> Profile {
        Profile::new(version.parse().unwrap(), "012345678901".parse().unwrap(), till.parse().unwrap())
    }

    fn text(request: &Request) -> String {
        String::from_utf8(request.encode(Suffix::None)).unwrap()
    }

    #[test]
    fn requests_are_written_as_terminals_in_the_field_expect_them() {
        let mut plain = profile("0300", "01");
        let of = |cents| plain.debit(Cents::new(cents), None).unwrap();
        assert_eq!(text(&of(2_500)), "CZ0040300CJ012012345678901CA00201CB0042500CD0010CE003978");
        assert_eq!(text(&of(5)), "CZ0040300CJ012012345678901CA00201CB00205CD0010CE003978");

        plain.delay = Some(Delay::AtTheEnd);
        let at_the_end = plain.debit(Cents::new(1_590), None).unwrap();
        assert_eq!(text(&at_the_end), "CZ0040300CJ012012345678901CA00201CB0041590CD0010CE003978BA0010");

        plain.partial = Some(true);
        let in_part = plain.debit(Cents::new(1_590), None).unwrap();
        assert_eq!(text(&in_part), format!("{}BF0011", text(&at_the_end)));

        let mut rich = profile("0320", "07");
        rich.references = true;
        let referenced = rich.debit(Cents::new(1_590), Some("order-123-payment-1")).unwrap();
        assert_eq!(
            text(&referenced),
            "CZ0040320CJ012012345678901CA00207CB0041590CD0010CE003978CF019order-123-payment-1"
        );

        rich.ticket = Some(Profile::SHOPPER_SLIP);
        let credit = rich.credit(Cents::new(1_234), Some("01J8ZK3W9QY5V7M2T4B6N8P0RS")).unwrap();
        assert_eq!(
            text(&credit),
            "CZ0040320CJ012012345678901CA00207CB0041234CD0011CE003978CF02601J8ZK3W9QY5V7M2T4B6N8P0RSCK003100"
        );
        assert_eq!(text(&rich.identification()), "CZ0040320CJ012012345678901CA00207CD001I");
    }

    #[test]
    fn a_line_end_is_sent_only_where_it_is_wanted() {
        let request = profile("0320", "01").identification();
        assert!(request.encode(Suffix::CrLf).ends_with(b"CD001I\r\n"));
        assert!(request.encode(Suffix::None).ends_with(b"CD001I"));
    }

    #[test]
    fn an_impossible_amount_is_never_sent() {
        for cents in [0, -1, MAX_AMOUNT + 1, i64::MIN] {
            assert_eq!(profile("0320", "01").debit(Cents::new(cents), None), Err(RequestError::Amount));
        }
        assert!(profile("0320", "01").credit(Cents::new(MAX_AMOUNT), None).is_ok());
    }

    #[test]
    fn an_unprintable_reference_is_refused_even_where_it_would_not_be_sent() {
        for reference in ["", "é", "line\nfeed", &"x".repeat(100)] {
            let refused = profile("0320", "01").debit(Cents::new(100), Some(reference));
            assert_eq!(refused, Err(RequestError::Reference));
        }
    }

    #[test]
    fn a_terminal_refuses_what_it_cannot_read_with_the_reason() {
        let read = |text: &str| Request::from_frame(&Frame::parse(text.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(read("CA00201CZ0040320"), RequestError::VersionFirst);
        assert_eq!(read("CZ0040320"), RequestError::Missing(Tag::OPERATION));
        assert_eq!(read("CZ0040320CD0012"), RequestError::UnknownOperation);
        assert_eq!(read("CZ0040320CD0010"), RequestError::Missing(Tag::AMOUNT));
        assert_eq!(read("CZ0040320CD0010CB0015"), RequestError::Invalid(Tag::AMOUNT));
        assert_eq!(read("CZ0040320CD0010CB00200"), RequestError::Amount);
        assert_eq!(read("CZ0040320CD0010CB0022aCE003978"), RequestError::Invalid(Tag::AMOUNT));
        assert_eq!(read("CZ0040320CD0010CB00225"), RequestError::Missing(Tag::CURRENCY));
        assert_eq!(read("CZ0040320CD0010CB00225CE003EUR"), RequestError::Invalid(Tag::CURRENCY));
        assert_eq!(read("CZ0040320CD001IBA0017"), RequestError::Invalid(Tag::DELAY));
        assert_eq!(read("CZ0040320CD001I"), RequestError::Missing(Tag::IPC));
    }
}
