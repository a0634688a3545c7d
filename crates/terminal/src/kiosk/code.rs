//! The code on the screen of thanks, as an image in the page: no other request carries the token.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};
use url::Url;

use crate::receipt::Token;

/// Light modules around the code, as readers need them.
const QUIET: i32 = 4;

/// The address behind a token; what was practised has one of its own.
pub(super) fn address(public_url: &Url, token: &Token, training: bool) -> String {
    let place = if training { "t/training" } else { "t" };
    format!("{}/{place}/{}", public_url.as_str().trim_end_matches('/'), token.text())
}

/// A code as SVG, its dark modules one path; `None` when the address is too long for any.
pub(super) fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET).ok()?;
            }
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_an_image_of_squares_with_its_quiet_zone_and_nothing_of_the_address_in_plain() {
        let token = Token::fresh();
        let shop = "https://tickets.example/shop/".parse().unwrap();
        let practised = address(&shop, &token, true);
        assert_eq!(practised, format!("https://tickets.example/shop/t/training/{}", token.text()));
        let address = address(&shop, &token, false);
        assert_eq!(address, format!("https://tickets.example/shop/t/{}", token.text()));
        let image = svg(&address).unwrap();
        assert!(image.starts_with("<svg ") && image.ends_with("</svg>") && !image.contains(&token.text()));
        // The finder of the upper left corner begins after the quiet zone.
        assert!(image.contains("M4 4h1v1h-1z") && !image.contains("M3 "), "{image}");
        assert_eq!(svg(&"x".repeat(5_000)), None);
    }
}
