//! The two languages of the pages, French first. Both wordings of a sentence stand side by side where it is used.

use http::{HeaderMap, header};

use crate::session::cookie;

/// The cookie that keeps the reader's choice.
pub const COOKIE: &str = "cabas-lang";

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// French, unless somebody asks for English.
    #[default]
    French,
    /// English.
    English,
}

impl Lang {
    /// The language by its code.
    pub fn of(code: &str) -> Option<Self> {
        match code {
            "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The reader's choice: by the address, then the cookie, then what the browser prefers.
    pub fn chosen(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked =
            query.into_iter().flat_map(|query| query.split('&')).find_map(|pair| pair.strip_prefix("lang="));
        let preferred = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .into_iter()
            .flat_map(|value| value.split(','))
            .find_map(|choice| Self::of(choice.trim().get(..2)?));
        asked
            .and_then(Self::of)
            .or_else(|| Self::of(cookie(headers, COOKIE)?))
            .or(preferred)
            .unwrap_or_default()
    }

    /// The code for `lang=`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The wording in this language.
    pub fn say<'a>(&self, french: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::French => french,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_comes_first_and_a_choice_comes_before() {
        let mut headers = HeaderMap::new();
        assert_eq!(Lang::chosen(None, &headers), Lang::French);
        headers.insert(header::ACCEPT_LANGUAGE, "de, en-GB;q=0.8, fr;q=0.5".parse().unwrap());
        assert_eq!(Lang::chosen(None, &headers), Lang::English);
        headers.insert(header::COOKIE, "a=b; cabas-lang=fr".parse().unwrap());
        assert_eq!(Lang::chosen(None, &headers), Lang::French);
        assert_eq!(Lang::chosen(Some("x=1&lang=en"), &headers), Lang::English);
        assert_eq!(Lang::chosen(Some("lang=xx"), &headers), Lang::French);
    }
}
