//! The two links of a receipt. Their tokens are in the mail and nowhere else; the hashes are told to reviews.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Tokens behind "noter vos achats" and "pas satisfait". They have no `Debug`, so that they end in no log.
pub struct Links {
    pub review: String,
    pub refund: String,
}

impl Links {
    /// Two fresh tokens of 32 random bytes each, in the letters of a URL.
    pub fn make() -> Self {
        let token = || BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Self { review: token(), refund: token() }
    }

    /// SHA-256 of the review token as it stands in the link, in hexadecimal.
    pub fn review_sha256(&self) -> String {
        sha256(&self.review)
    }

    /// SHA-256 of the refund token as it stands in the link, in hexadecimal.
    pub fn refund_sha256(&self) -> String {
        sha256(&self.refund)
    }
}

fn sha256(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_of_32_bytes_and_never_the_same() {
        let (one, two) = (Links::make(), Links::make());
        for token in [&one.review, &one.refund, &two.review, &two.refund] {
            assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
        }
        assert!(one.review != one.refund && one.review != two.review && one.refund != two.refund);
    }

    #[test]
    fn a_hash_is_that_of_the_text_in_the_link() {
        let links = Links { review: "abc".to_owned(), refund: String::new() };
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(links.review_sha256(), abc);
        assert!(links.refund_sha256().starts_with("e3b0c44298fc1c14"));
    }
}
