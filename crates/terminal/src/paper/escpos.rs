//! The few commands of ESC/POS that a ticket needs, and what a printer answers about itself.

use super::{PrinterFailure, layout::Line};

/// `DLE EOT n`, answered at once whatever is being printed: the printer, what keeps it offline, its paper.
pub const STATES: [[u8; 3]; 3] = [[0x10, 0x04, 1], [0x10, 0x04, 2], [0x10, 0x04, 4]];
/// `GS r 1`, answered in its turn.
pub const PAPER_AFTER_ALL: [u8; 3] = [0x1d, b'r', 1];

/// `ESC @`: forget what the last one left behind.
pub const START: [u8; 2] = [0x1b, b'@'];
/// `ESC t 19`: the code page 858, which has the euro.
pub const CODE_PAGE: [u8; 3] = [0x1b, b't', 19];
/// `GS V B 3`: feed and cut.
pub const CUT: [u8; 4] = [0x1d, b'V', b'B', 3];

const BOLD: [u8; 3] = [0x1b, b'E', 1];
const PLAIN: [u8; 3] = [0x1b, b'E', 0];

/// What of the code page 858 is on tickets of France; everything else is folded to ASCII.
const PAGE: [(char, u8); 31] = [
    ('Ç', 0x80),
    ('ü', 0x81),
    ('é', 0x82),
    ('â', 0x83),
    ('ä', 0x84),
    ('à', 0x85),
    ('ç', 0x87),
    ('ê', 0x88),
    ('ë', 0x89),
    ('è', 0x8a),
    ('ï', 0x8b),
    ('î', 0x8c),
    ('Ä', 0x8e),
    ('É', 0x90),
    ('ô', 0x93),
    ('ö', 0x94),
    ('û', 0x96),
    ('ù', 0x97),
    ('Ö', 0x99),
    ('Ü', 0x9a),
    ('á', 0xa0),
    ('í', 0xa1),
    ('ó', 0xa2),
    ('ú', 0xa3),
    ('ñ', 0xa4),
    ('À', 0xb7),
    ('€', 0xd5),
    ('Ê', 0xd2),
    ('È', 0xd4),
    ('°', 0xf8),
    ('·', 0xfa),
];

/// A document from the first byte to the cut.
pub fn document(lines: &[Line]) -> Vec<u8> {
    let mut bytes = [&START[..], &CODE_PAGE].concat();
    for line in lines {
        if line.bold {
            bytes.extend(BOLD);
        }
        bytes.extend(line.text.chars().flat_map(encoded));
        bytes.push(b'\n');
        if line.bold {
            bytes.extend(PLAIN);
        }
    }
    bytes.extend(CUT);
    bytes
}

/// What the three states mean.
pub fn judge([_, offline, paper]: [u8; 3]) -> Result<(), PrinterFailure> {
    // Two bits of each answer are always set and two never: what has others is no answer.
    if [offline, paper].iter().any(|state| state & 0b1001_0011 != 0b0001_0010) {
        return Err(PrinterFailure::Fault);
    }
    if offline & 0b0000_0100 != 0 {
        return Err(PrinterFailure::CoverOpen);
    }
    if offline & 0b0010_0000 != 0 || is_paper_end(paper) {
        return Err(PrinterFailure::PaperEnd);
    }
    if offline & 0b0100_0000 != 0 { Err(PrinterFailure::Fault) } else { Ok(()) }
}

/// Whether the sensor at the end of the paper sees none.
pub const fn is_paper_end(state: u8) -> bool {
    state & 0b0110_0000 != 0
}

/// A letter in the code page; never a command.
fn encoded(letter: char) -> Vec<u8> {
    if let (' '..='~', Ok(byte)) = (letter, u8::try_from(letter)) {
        return vec![byte];
    }
    match letter {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => vec![b' '],
        '’' | '‘' => vec![b'\''],
        '“' | '”' | '«' | '»' => vec![b'"'],
        '–' | '—' | '−' => vec![b'-'],
        '×' => vec![b'x'],
        '…' => b"...".to_vec(),
        'œ' => b"oe".to_vec(),
        'Œ' => b"OE".to_vec(),
        _ => match PAGE.iter().find(|(known, _)| *known == letter) {
            Some((_, byte)) => vec![*byte],
            None => vec![b'?'],
        },
    }
}

/// A byte of the code page as the sink reads it.
pub fn decoded(byte: u8) -> char {
    match byte {
        b' '..=b'~' | b'\n' => char::from(byte),
        _ => PAGE.iter().find(|(_, known)| *known == byte).map_or('\u{fffd}', |(letter, _)| *letter),
    }
}
