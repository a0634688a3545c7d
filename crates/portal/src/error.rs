//! Refusals as pages: what happened and what to do, in the reader's language, and never an internal.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::stores::STORE_OUT_OF_REACH;
use tonic::{Code, Status};

use crate::{
    text::Lang,
    web::{Page, render_with},
};

/// Why a page is not shown.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub title: (&'static str, &'static str),
    pub advice: (&'static str, &'static str),
}

/// A refusal with the language of whoever reads it.
pub struct Refused(pub Lang, pub Refusal);

#[derive(askama::Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    page: Page,
    advice: &'a str,
}

impl Refusal {
    pub const NOT_FOUND: Self = Self {
        status: StatusCode::NOT_FOUND,
        title: ("Cette page n’existe pas", "This page does not exist"),
        advice: (
            "L’adresse est peut-être incomplète. Ouvrez de nouveau le lien de votre e-mail.",
            "The address may be incomplete. Open the link in your e-mail again.",
        ),
    };
    pub const TICKET_GONE: Self = Self {
        status: StatusCode::NOT_FOUND,
        title: (
            "Ce ticket n’est pas encore, ou plus, lisible",
            "This receipt cannot be read yet, or no longer",
        ),
        advice: (
            "Il se lit pendant 30 jours. S’il vient d’être payé, rechargez la page dans un instant ; sinon, demandez à l’accueil.",
            "It can be read for 30 days. If it was paid just now, reload the page in a moment; otherwise, ask at the desk.",
        ),
    };
    pub const FORBIDDEN: Self = Self {
        status: StatusCode::FORBIDDEN,
        title: ("Cette page n’est pas pour vous", "This page is not yours"),
        advice: (
            "Votre compte n’ouvre pas cette page. Connectez-vous avec un autre compte.",
            "Your account does not open this page. Sign in with another one.",
        ),
    };
    pub const FOREIGN_FORM: Self = Self {
        status: StatusCode::FORBIDDEN,
        title: ("Ce formulaire vient d’un autre site", "This form comes from another site"),
        advice: (
            "Rien n’a été enregistré. Ouvrez la page ici et envoyez-la de nouveau.",
            "Nothing was stored. Open the page here and send it again.",
        ),
    };
    pub const BAD_FORM: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: ("Ce formulaire n’a pas pu être lu", "This form could not be read"),
        advice: (
            "Rien n’a été enregistré. Revenez en arrière et envoyez-le de nouveau.",
            "Nothing was stored. Go back and send it again.",
        ),
    };
    pub const LINK_EXPIRED: Self = Self {
        status: StatusCode::GONE,
        title: ("Ce lien n’est plus valable", "This link is over"),
        advice: (
            "Sa durée est passée. L’accueil du magasin vous répondra volontiers.",
            "Its time has passed. The welcome desk will gladly help you.",
        ),
    };
    pub const LATER: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: ("Encore un instant", "One moment"),
        advice: (
            "Le service ne répond pas encore. Rien n’est perdu\u{a0}: rechargez la page dans un instant.",
            "The service does not answer yet. Nothing is lost: reload the page in a moment.",
        ),
    };
    pub const STORE_OUT_OF_REACH: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: ("Ce magasin ne répond pas", "This store does not answer"),
        advice: (
            "La ligne avec le magasin est coupée. Ses caisses continuent de vendre, et rien n’est perdu\u{a0}: rechargez la page quand la ligne est rétablie. Un formulaire envoyé deux fois ne compte qu’une fois.",
            "The line to the store is down. Its tills go on selling, and nothing is lost: reload the page once the line is back. A form that is sent twice counts once.",
        ),
    };
    pub const DEFECT: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: ("Quelque chose n’a pas fonctionné", "Something did not work"),
        advice: ("L’incident est noté. Essayez de nouveau plus tard.", "It has been noted. Try again later."),
    };
    pub const NOTHING_SAID: Self = Self {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: ("Il manque une note", "A note is missing"),
        advice: (
            "Donnez une note de 1 à 5 à au moins un produit. Revenez en arrière\u{a0}: votre texte y est encore.",
            "Give at least one product a note from 1 to 5. Go back: your text is still there.",
        ),
    };
    pub const TOO_LONG: Self = Self {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: ("Ce commentaire est trop long", "This comment is too long"),
        advice: (
            "2 000 caractères au plus. Revenez en arrière\u{a0}: votre texte y est encore.",
            "2,000 characters at most. Go back: your text is still there.",
        ),
    };
    pub const ALREADY_REFUNDED: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Déjà remboursé", "Already refunded"),
        advice: (
            "Cette ligne a déjà été remboursée\u{a0}; l’avoir est dans votre boîte aux lettres.",
            "This line has been refunded already; the credit note is in your mailbox.",
        ),
    };
    pub const ABOVE_LINE: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Il reste moins à rembourser", "Less is left to refund"),
        advice: (
            "Une partie de cette ligne a déjà été remboursée. Rouvrez la page\u{a0}: elle montre ce qui reste.",
            "A part of this line has been refunded already. Open the page again: it shows what is left.",
        ),
    };
    pub const DECLINED: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Le magasin n’a pas accepté cette demande", "The store has not granted this request"),
        advice: (
            "Une personne l’a regardée. L’accueil du magasin vous dira pourquoi.",
            "Somebody has looked at it. The welcome desk will tell you why.",
        ),
    };
    pub const REFUND_WAITS: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Le remboursement est déjà demandé", "The refund has been asked for already"),
        advice: (
            "Cette ligne est en attente de remboursement\u{a0}; vous recevrez l’avoir par e-mail.",
            "This line waits for its refund; you will get the credit note by e-mail.",
        ),
    };
    pub const PAID_OUT: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Déjà versé", "Paid out already"),
        advice: (
            "Le versement de cet avoir est déjà noté. Ne le versez pas une seconde fois\u{a0}; cherchez-le par son numéro pour voir quand il l’a été.",
            "The payment of this credit note is recorded already. Do not pay it again; search for its number to see when it was paid.",
        ),
    };
    pub const AT_TILL: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Une caisse s’en occupe", "A till is at it"),
        advice: (
            "Une caisse rend cet avoir en ce moment, ou personne ne sait si elle l’a rendu. Ne le versez pas\u{a0}; regardez d’abord le journal de son terminal de paiement.",
            "A till is giving this credit note back now, or nobody knows whether it did. Do not pay it; look into the journal of its card terminal first.",
        ),
    };
    pub const NO_CARD_PAID: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Une partie ne revient à aucune carte", "A part goes back to no card"),
        advice: (
            "La banque ne rend qu’à une carte. Rendez à une caisse ce que la carte a payé, versez le reste à l’accueil et notez-le ici.",
            "The bank gives to cards alone. Give back at a till what the card paid, pay the rest at the desk and record it here.",
        ),
    };
    pub const NOT_FOR_SALE: Self = Self {
        status: StatusCode::CONFLICT,
        title: (
            "Cet article est rappelé, périmé ou pas vendu à cette heure",
            "This product is recalled, past its date or not sold at this hour",
        ),
        advice: ("Rien n’a changé. Mettez l’article de côté.", "Nothing has changed. Set the product aside."),
    };
    pub const NO_SUCH_PRODUCT: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Aucun article n’est vendu sous ce code", "Nothing is sold by this code"),
        advice: (
            "Rien n’a changé. Revenez en arrière et tapez le code d’un article en vente.",
            "Nothing has changed. Go back and type the code of a product that is on sale.",
        ),
    };
    pub const OTHER_AMOUNT: Self = Self {
        status: StatusCode::CONFLICT,
        title: (
            "Le montant du ticket commerçant n’est pas celui demandé",
            "The amount on the merchant’s slip is not the one that was asked",
        ),
        advice: (
            "Rien n’a changé. Revenez en arrière, vérifiez que c’est le bon ticket et tapez son montant.",
            "Nothing has changed. Go back, check that it is the right slip and type its amount.",
        ),
    };
    pub const AGE_RAISED: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Un âge plus élevé est demandé maintenant", "A higher age is asked for now"),
        advice: (
            "Rien n’a été accepté. Revenez à la liste des caisses, lisez-y la nouvelle date de naissance et vérifiez encore.",
            "Nothing was approved. Go back to the list of the tills, read the new date of birth there and check again.",
        ),
    };
    pub const SIGN_IN_ENDED: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Votre connexion n’est plus confirmée", "Your sign-in is not confirmed any more"),
        advice: (
            "La ligne avec le centre est coupée. Rien n’a changé\u{a0}: dites ce qu’est devenu ce remboursement à la caisse, avec le code de l’équipe, ou ici quand la ligne est rétablie.",
            "The line to the centre is down. Nothing has changed: say what became of this refund at the till, with the attendants’ code, or here once the line is back.",
        ),
    };
    pub const NOT_PROVEN: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("Ce paiement n’est pas encore prouvé", "This payment is not proven yet"),
        advice: (
            "Rien n’a changé. Tapez les quatre derniers chiffres de la carte, jamais son numéro entier, et le numéro d’autorisation sans espace.",
            "Nothing has changed. Type the last four digits of the card, never its whole number, and the authorisation number without blanks.",
        ),
    };
    pub const PAYING_ALREADY: Self = Self {
        status: StatusCode::CONFLICT,
        title: (
            "Le client paie déjà, ou le panier est fermé",
            "The shopper is paying already, or the basket is closed",
        ),
        advice: (
            "Rien n’a changé. Regardez de nouveau la liste des caisses.",
            "Nothing has changed. Look at the list of the tills again.",
        ),
    };
    pub const SENT_ALREADY: Self = Self {
        status: StatusCode::CONFLICT,
        title: ("C’est déjà fait", "This has been done already"),
        advice: (
            "Le premier envoi vaut. Rouvrez la page pour voir ce qui est enregistré.",
            "What was sent first is valid. Open the page again to see what is stored.",
        ),
    };
    pub const TOO_LARGE: Self = Self {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        title: ("Ce formulaire est trop grand", "This form is too large"),
        advice: (
            "Rien n’a été enregistré. Raccourcissez vos textes et envoyez-le de nouveau.",
            "Nothing was stored. Shorten your texts and send it again.",
        ),
    };
    pub const PERIOD_OVER: Self = Self {
        status: StatusCode::GONE,
        title: ("Le délai de 30 jours est passé", "The 30 days are over"),
        advice: ("L’accueil du magasin vous répondra volontiers.", "The welcome desk will gladly help you."),
    };
}

impl From<&Status> for Refusal {
    fn from(status: &Status) -> Self {
        match platform::status::reason(status).as_deref() {
            Some("LINK_EXPIRED") => return Self::LINK_EXPIRED,
            Some("LINK_UNKNOWN") => return Self::NOT_FOUND,
            Some("EMPTY_REVIEW" | "RATING_OUT_OF_RANGE") => return Self::NOTHING_SAID,
            Some("COMMENT_TOO_LONG") => return Self::TOO_LONG,
            Some("REFUND_WAITS") => return Self::REFUND_WAITS,
            Some("REQUEST_ID_REUSED" | "NOT_UNKNOWN" | "CARD_BLOCKED" | "ANSWERED_ALREADY") => {
                return Self::SENT_ALREADY;
            }
            Some("RECALLED" | "EXPIRED" | "NOT_SOLD_NOW") => return Self::NOT_FOR_SALE,
            Some(
                "UNKNOWN_CODE" | "NO_PRICE" | "QUANTITY_OUT_OF_RANGE" | "ZERO_MEASURE" | "LABEL_MISMATCH",
            ) => {
                return Self::NO_SUCH_PRODUCT;
            }
            Some("BASKET_FROZEN" | "BASKET_CLOSED") => return Self::PAYING_ALREADY,
            Some("AGE_RAISED") => return Self::AGE_RAISED,
            Some("SIGN_IN_ENDED") => return Self::SIGN_IN_ENDED,
            Some("REFUND_PAID_OUT") => return Self::PAID_OUT,
            Some("NO_OPEN_TASK" | "CREDIT_SETTLED") => return Self::SENT_ALREADY,
            Some("REFUND_AT_TILL" | "CREDIT_UNDER_WAY") => return Self::AT_TILL,
            Some("NO_CARD_PAID") => return Self::NO_CARD_PAID,
            Some("LINE_ALREADY_REFUNDED") => return Self::ALREADY_REFUNDED,
            Some("REFUND_ABOVE_LINE") => return Self::ABOVE_LINE,
            Some("REFUND_DECLINED") => return Self::DECLINED,
            Some("REFUND_PERIOD_OVER") => return Self::PERIOD_OVER,
            Some(STORE_OUT_OF_REACH) => return Self::STORE_OUT_OF_REACH,
            _ => {}
        }
        match status.code() {
            Code::NotFound => Self::NOT_FOUND,
            Code::PermissionDenied => Self::FORBIDDEN,
            Code::InvalidArgument | Code::OutOfRange | Code::AlreadyExists | Code::FailedPrecondition => {
                Self::BAD_FORM
            }
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::ResourceExhausted
            | Code::Aborted => Self::LATER,
            Code::Ok
            | Code::Unknown
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss
            | Code::Unauthenticated => {
                tracing::error!(code = ?status.code(), "a service could not answer a page");
                Self::DEFECT
            }
        }
    }
}

impl Refused {
    /// A service's refusal, for a reader.
    pub fn by(lang: Lang) -> impl Fn(Status) -> Self {
        move |status| Self(lang, Refusal::from(&status))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(lang, refusal) = self;
        let page = Page::new(lang, lang.say(refusal.title.0, refusal.title.1));
        let advice = lang.say(refusal.advice.0, refusal.advice.1);
        render_with(refusal.status, &RefusalPage { page, advice })
    }
}
