//! A form as a browser sends it: names and values, as often as they come.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use http::StatusCode;

use crate::{
    error::{Refusal, Refused},
    text::Lang,
};

/// Characters of a comment, as reviews counts them.
const LONGEST_COMMENT: usize = 2000;

/// The fields of a form.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields that an address carries after its question mark.
    pub fn of_query(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// The value of a field without the space around it; empty when it was not sent.
    pub fn text(&self, name: &str) -> String {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    }

    /// The value of a field exactly as it was sent.
    pub fn raw(&self, name: &str) -> String {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Whether a box was ticked or a button pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Which of two buttons was pressed, `yes` or `no`; anything else is no such form.
    pub fn yes_or_no(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name).as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Refusal::BAD_FORM),
        }
    }

    /// The form's own identity.
    pub fn request_id(&self) -> String {
        self.text("request_id")
    }

    /// The fields called `<prefix><number>`.
    pub fn numbered<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (i32, &'a str)> {
        self.0
            .iter()
            .filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?.parse().ok()?, value.as_str())))
    }
}

/// Why a comment would not be taken, as its writer is told beside it; empty when it would.
pub fn comment_flaw(lang: Lang, comment: &str) -> &'static str {
    if comment.chars().count() > LONGEST_COMMENT {
        lang.say("Le commentaire a 2 000 caractères au plus.", "The comment has 2,000 characters at most.")
    } else if comment.chars().any(|letter| letter.is_control() && !"\r\n\t\u{b}\u{c}".contains(letter)) {
        lang.say(
            "Ce texte contient un caractère invisible que nous ne pouvons pas lire : effacez-le et tapez-le de nouveau.",
            "This text has an invisible character in it that we cannot read: delete it and type it again.",
        )
    } else {
        ""
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let lang = request.extensions().get::<Lang>().copied().unwrap_or_default();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            let refusal = match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::TOO_LARGE,
                _ => Refusal::BAD_FORM,
            };
            Refused(lang, refusal).into_response()
        })?;
        Ok(Self(url::form_urlencoded::parse(&body).into_owned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Fields {
        Fields(url::form_urlencoded::parse(body.as_bytes()).into_owned().collect())
    }

    #[test]
    fn a_comment_that_reviews_would_refuse_is_told_beside_it() {
        for taken in ["", "Très bon\r\n\tà reprendre", &"é".repeat(2000)] {
            assert_eq!(comment_flaw(Lang::French, taken), "", "{taken:?}");
        }
        for refused in ["a\u{7}b", "a\0b", "a\u{85}b", &"é".repeat(2001)] {
            assert_ne!(comment_flaw(Lang::French, refused), "", "{refused:?}");
        }
    }

    #[test]
    fn fields_are_read_by_name_and_by_number() {
        let form = fields("request_id=1&rating.2=5&rating.x=1&rating.10=3&comment.2=bon+%3C3&line.7=on");
        assert_eq!(form.request_id(), "1");
        assert_eq!(form.numbered("rating.").collect::<Vec<_>>(), [(2, "5"), (10, "3")]);
        assert_eq!(form.text("comment.2"), "bon <3");
        assert_eq!(
            (form.text("comment.3"), form.has("line.7"), form.has("line.8")),
            (String::new(), true, false)
        );
    }
}
