//! Digits of any script, as the eye reads them.

/// The zeros that their digits follow in order: of the scripts in use, and those that are written wide, raised or lowered.
const ZEROS: [char; 38] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}',
    '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1a80}', '\u{1a90}', '\u{1b50}', '\u{1bb0}',
    '\u{1c40}', '\u{1c50}', '\u{2070}', '\u{2080}', '\u{a620}', '\u{a8d0}', '\u{a900}', '\u{a9d0}',
    '\u{a9f0}', '\u{aa50}', '\u{abf0}', '\u{ff10}',
];

/// The first of five rows of mathematical digits.
const MATHEMATICAL: u32 = 0x1_d7ce;

/// The ASCII digit of a digit, and any other character as it is.
pub(super) fn ascii(character: char) -> char {
    if character.is_ascii() {
        return character;
    }
    let code = u32::from(character);
    let value = match character {
        '\u{b9}' => Some(1),
        '\u{b2}' => Some(2),
        '\u{b3}' => Some(3),
        '\u{2460}'..='\u{2468}' => Some(code - 0x245f),
        '\u{1d7ce}'..='\u{1d7ff}' => Some((code - MATHEMATICAL) % 10),
        _ => ZEROS.iter().map(|zero| code.wrapping_sub(u32::from(*zero))).find(|value| *value < 10),
    };
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(character)
}
