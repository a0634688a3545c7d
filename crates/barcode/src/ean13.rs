//! Thirteen digits drawn as bars, to show a card on a screen or in a mail.

use std::fmt::{self, Write};

use crate::{Gtin, check_digit};

/// Bars and spaces of the left-hand odd digits, seven modules each; the two other sets follow from this one.
const ODD: [u8; 10] = [
    0b000_1101, 0b001_1001, 0b001_0011, 0b011_1101, 0b010_0011, 0b011_0001, 0b010_1111, 0b011_1011,
    0b011_0111, 0b000_1011,
];

/// Which of the six left-hand digits are even: the pattern carries the first digit, which has no bars of its own.
const EVEN_POSITIONS: [u8; 10] = [
    0b00_0000, 0b00_1011, 0b00_1101, 0b00_1110, 0b01_0011, 0b01_1001, 0b01_1100, 0b01_0101, 0b01_0110,
    0b01_1010,
];

/// Empty modules that a scanner needs before and after the bars.
const QUIET_ZONES: (usize, usize) = (11, 7);

/// Thirteen digits whose check digit is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ean13([u8; 13]);

impl Ean13 {
    /// The EAN-13 of an article, or `None` for a number with a packaging level.
    pub fn from_gtin(gtin: &Gtin) -> Option<Self> {
        gtin.as_ean13()?.as_bytes().try_into().ok().map(Self)
    }

    /// Completes twelve digits.
    pub(crate) fn with_check_digit(twelve: &str) -> Option<Self> {
        let check = check_digit(twelve)?;
        format!("{twelve}{check}").as_bytes().try_into().ok().map(Self)
    }

    /// The thirteen digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are ever stored")
    }
}

/// The digits may be a member's card: what ends up in logs shows the last four.
impl fmt::Debug for Ean13 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ean13(*********{})", &self.as_str()[9..])
    }
}

impl TryFrom<Gtin> for Ean13 {
    type Error = Gtin;

    fn try_from(gtin: Gtin) -> Result<Self, Gtin> {
        Self::from_gtin(&gtin).ok_or(gtin)
    }
}

/// The 95 modules between the quiet zones, left to right; `true` is a bar.
pub fn modules(code: impl Into<Ean13>) -> [bool; 95] {
    let digits = code.into().0.map(|byte| usize::from(byte - b'0'));
    let even_positions = EVEN_POSITIONS[digits[0]];
    let mut modules = [false; 95];
    let mut position = 0;
    let mut draw = |pattern: u8, width: usize| {
        for bit in (0..width).rev() {
            modules[position] = pattern >> bit & 1 == 1;
            position += 1;
        }
    };

    draw(0b101, 3);
    for (index, digit) in digits[1..7].iter().enumerate() {
        let odd = ODD[*digit];
        let is_even = even_positions >> (5 - index) & 1 == 1;
        draw(if is_even { reversed(complement(odd)) } else { odd }, 7);
    }
    draw(0b0_1010, 5);
    for digit in &digits[7..] {
        draw(complement(ODD[*digit]), 7);
    }
    draw(0b101, 3);
    modules
}

/// A picture with quiet zones and readable digits, one unit per module; it needs no file beside it.
pub fn svg(code: impl Into<Ean13>) -> String {
    let code = code.into();
    let (left, right) = QUIET_ZONES;
    let width = left + 95 + right;
    let mut bars = String::new();
    let modules = modules(code);
    let mut start = 0;
    for run in modules.chunk_by(|one, next| one == next) {
        if run[0] {
            // The guards at both ends and in the middle reach down between the digits.
            let height = if matches!(start, 0..3 | 45..50 | 92..95) { 65 } else { 60 };
            let _ = write!(bars, "M{x} 4h{w}v{height}h-{w}z", x = left + start, w = run.len());
        }
        start += run.len();
    }
    let digits = code.as_str();
    let (first, six, last_six) = (&digits[..1], &digits[1..7], &digits[7..]);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 76" role="img" aria-label="{digits}">
<rect width="{width}" height="76" fill="#fff"/>
<path d="{bars}" fill="#000" shape-rendering="crispEdges"/>
<g font-family="monospace" font-size="10" fill="#000">
<text x="2" y="73">{first}</text>
<text x="16" y="73" textLength="38">{six}</text>
<text x="62" y="73" textLength="38">{last_six}</text>
</g>
</svg>
"##
    )
}

const fn complement(pattern: u8) -> u8 {
    !pattern & 0b111_1111
}

const fn reversed(pattern: u8) -> u8 {
    pattern.reverse_bits() >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CardNumber;

    fn drawn(number: &str) -> String {
        let code = Ean13::try_from(Gtin::parse(number).unwrap()).unwrap();
        modules(code).map(|bar| if bar { '1' } else { '0' }).iter().collect()
    }

    #[test]
    fn a_published_number_has_its_published_bars() {
        assert_eq!(
            drawn("5901234123457"),
            "10100010110100111011001100100110111101001110101010110011011011001000010101110010011101000100101"
        );
    }

    #[test]
    fn the_picture_has_quiet_zones_guards_and_digits() {
        let picture = svg(CardNumber::from_serial(42).unwrap());
        assert!(picture.contains(r#"viewBox="0 0 113 76""#));
        assert!(picture.contains(r#"d="M11 4h1v65h-1zM13 4h1v65h-1z"#));
        assert!(picture.contains(r#"M105 4h1v65h-1z" fill"#));
        assert!(
            picture.contains(">2</text>")
                && picture.contains(">900000</text>")
                && picture.contains(">000421</text>")
        );
        assert_eq!(picture.matches('M').count(), 30);
    }

    #[test]
    fn a_number_with_a_packaging_level_has_no_bars() {
        let boxed = Gtin::parse("10012345678902").unwrap();
        assert_eq!(Ean13::try_from(boxed), Err(boxed));
    }
}
