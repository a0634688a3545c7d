//! The mail of a document: made in memory, sent, and forgotten.

mod links;
mod payout;
mod server;
mod view;

pub use links::Links;
pub use server::{MailServer, Report};

use askama::Template;
use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, Header, HeaderName, HeaderValue},
    },
};
use url::Url;

use crate::{
    domain::{About, Document, Matter, UnknownZone, plain},
    peers::Contact,
};
use view::View;

const SLIP_FILE: &str = "recu-carte";

/// What one mail is made of.
pub struct Letter<'a> {
    pub about: About,
    pub document: &'a Document,
    pub contact: &'a Contact,
    pub slips: &'a [String],
    /// The links of a receipt; a credit note has none, nor has a ticket of empties alone.
    pub links: Option<&'a Links>,
    /// It goes to an address that was typed at the till.
    pub is_to_guest: bool,
}

/// Why no mail can be made of a document. Nothing here names the addressee.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The member's address is none.
    #[error("the address is not one a mail can go to")]
    Address,
    /// The store's zone is not known.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// A defect of the templates.
    #[error("the document cannot be shown")]
    Page(#[from] askama::Error),
    /// A defect of the mail's headers.
    #[error("the mail cannot be put together")]
    Headers(#[from] lettre::error::Error),
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "receipt.txt")]
struct ReceiptText<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "credit_note.html")]
struct CreditNotePage<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "credit_note.txt")]
struct CreditNoteText<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "paid_back.html")]
struct PaidBackPage<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "paid_back.txt")]
struct PaidBackText<'a> {
    view: &'a View,
}

/// `Auto-Submitted: auto-generated` (RFC 3834): an absence note is not to be sent back.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Puts a mail together: text and HTML of the same, and each card slip as a part of its own.
///
/// # Errors
/// When the address is none, or the document cannot be shown.
pub fn compose(letter: &Letter<'_>, from: &Mailbox, public_url: &Url) -> Result<Message, LetterError> {
    let to: Address = letter.contact.email.parse().map_err(|_| LetterError::Address)?;
    let view = View::of(letter, public_url)?;
    let (text, page) = match letter.document.matter {
        Matter::Receipt { .. } => {
            (ReceiptText { view: &view }.render()?, ReceiptPage { view: &view }.render()?)
        }
        Matter::CreditNote { .. } => {
            (CreditNoteText { view: &view }.render()?, CreditNotePage { view: &view }.render()?)
        }
        Matter::PaidBack { .. } => {
            (PaidBackText { view: &view }.render()?, PaidBackPage { view: &view }.render()?)
        }
    };
    let mut parts = MultiPart::mixed().multipart(MultiPart::alternative_plain_html(text, page));
    for (number, slip) in (1..).zip(letter.slips) {
        parts = parts.singlepart(slip_part(slip, number));
    }
    let message = Message::builder()
        .from(sender(from, letter.document))
        .to(Mailbox::new(None, to))
        .subject(view.subject.clone())
        .message_id(Some(letter.about.message_id(from.email.domain())))
        .header(AutoSubmitted)
        .date_now()
        .multipart(parts)?;
    Ok(message)
}

/// The shop by its name, unless the operator gave the sender another one.
fn sender(from: &Mailbox, document: &Document) -> Mailbox {
    let name = from.name.clone().unwrap_or_else(|| plain(&document.shop.name));
    Mailbox::new(Some(name), from.email.clone())
}

fn slip_part(slip: &str, number: usize) -> SinglePart {
    let name = if number == 1 { format!("{SLIP_FILE}.txt") } else { format!("{SLIP_FILE}-{number}.txt") };
    Attachment::new_inline_with_name(name.clone(), name).body(slip.to_owned(), ContentType::TEXT_PLAIN)
}

#[cfg(test)]
mod tests;
