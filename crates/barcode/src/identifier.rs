//! The application identifiers of GS1 and the form of what follows each (GS1 General Specifications, section 3, as the
//! barcode syntax dictionary of 2026-01-27 lists them; a test compares the two).

/// First and last identifier of a run, in their order, and the parts of its value: see [`application_identifiers`].
const IDENTIFIERS: &[(&str, &str, &str)] = &[
    ("00", "00", "n18c"),
    ("01", "02", "n14c"),
    ("03", "03", "n14c"),
    ("10", "10", "x..20"),
    ("11", "13", "n6d"),
    ("15", "17", "n6d"),
    ("20", "20", "n2"),
    ("21", "22", "x..20"),
    ("235", "235", "x..28"),
    ("240", "241", "x..30"),
    ("242", "242", "n..6"),
    ("243", "243", "x..20"),
    ("250", "251", "x..30"),
    ("253", "253", "n13c ?x..17"),
    ("254", "254", "x..20"),
    ("255", "255", "n13c ?n..12"),
    ("30", "30", "n..8"),
    ("3100", "3105", "n6"),
    ("3110", "3115", "n6"),
    ("3120", "3125", "n6"),
    ("3130", "3135", "n6"),
    ("3140", "3145", "n6"),
    ("3150", "3155", "n6"),
    ("3160", "3165", "n6"),
    ("3200", "3205", "n6"),
    ("3210", "3215", "n6"),
    ("3220", "3225", "n6"),
    ("3230", "3235", "n6"),
    ("3240", "3245", "n6"),
    ("3250", "3255", "n6"),
    ("3260", "3265", "n6"),
    ("3270", "3275", "n6"),
    ("3280", "3285", "n6"),
    ("3290", "3295", "n6"),
    ("3300", "3305", "n6"),
    ("3310", "3315", "n6"),
    ("3320", "3325", "n6"),
    ("3330", "3335", "n6"),
    ("3340", "3345", "n6"),
    ("3350", "3355", "n6"),
    ("3360", "3365", "n6"),
    ("3370", "3375", "n6"),
    ("3400", "3405", "n6"),
    ("3410", "3415", "n6"),
    ("3420", "3425", "n6"),
    ("3430", "3435", "n6"),
    ("3440", "3445", "n6"),
    ("3450", "3455", "n6"),
    ("3460", "3465", "n6"),
    ("3470", "3475", "n6"),
    ("3480", "3485", "n6"),
    ("3490", "3495", "n6"),
    ("3500", "3505", "n6"),
    ("3510", "3515", "n6"),
    ("3520", "3525", "n6"),
    ("3530", "3535", "n6"),
    ("3540", "3545", "n6"),
    ("3550", "3555", "n6"),
    ("3560", "3565", "n6"),
    ("3570", "3575", "n6"),
    ("3600", "3605", "n6"),
    ("3610", "3615", "n6"),
    ("3620", "3625", "n6"),
    ("3630", "3635", "n6"),
    ("3640", "3645", "n6"),
    ("3650", "3655", "n6"),
    ("3660", "3665", "n6"),
    ("3670", "3675", "n6"),
    ("3680", "3685", "n6"),
    ("3690", "3695", "n6"),
    ("37", "37", "n..8"),
    ("3900", "3909", "n..15"),
    ("3910", "3919", "n3 n..15"),
    ("3920", "3929", "n..15"),
    ("3930", "3939", "n3 n..15"),
    ("3940", "3943", "n4"),
    ("3950", "3955", "n6"),
    ("400", "401", "x..30"),
    ("402", "402", "n17c"),
    ("403", "403", "x..30"),
    ("410", "417", "n13c"),
    ("420", "420", "x..20"),
    ("421", "421", "n3 x..9"),
    ("422", "422", "n3"),
    ("423", "423", "n3 ?n3 ?n3 ?n3 ?n3"),
    ("424", "424", "n3"),
    ("425", "425", "n3 ?n3 ?n3 ?n3 ?n3"),
    ("426", "426", "n3"),
    ("427", "427", "x..3"),
    ("4300", "4301", "x..35"),
    ("4302", "4306", "x..70"),
    ("4307", "4307", "x2"),
    ("4308", "4308", "x..30"),
    ("4309", "4309", "n10 n10"),
    ("4310", "4311", "x..35"),
    ("4312", "4316", "x..70"),
    ("4317", "4317", "x2"),
    ("4318", "4318", "x..20"),
    ("4319", "4319", "x..30"),
    ("4320", "4320", "x..35"),
    ("4321", "4323", "n1"),
    ("4324", "4325", "n6d n4t"),
    ("4326", "4326", "n6D"),
    ("4330", "4333", "n6 ?x1"),
    ("7001", "7001", "n13"),
    ("7002", "7002", "x..30"),
    ("7003", "7003", "n6D n4t"),
    ("7004", "7004", "n..4"),
    ("7005", "7005", "x..12"),
    ("7006", "7006", "n6D"),
    ("7007", "7007", "n6D ?n6D"),
    ("7008", "7008", "x..3"),
    ("7009", "7009", "x..10"),
    ("7010", "7010", "x..2"),
    ("7011", "7011", "n6D ?n4t"),
    ("7020", "7022", "x..20"),
    ("7023", "7023", "x..30"),
    ("7030", "7039", "n3 x..27"),
    ("7040", "7040", "n1 x1 x1 x1"),
    ("7041", "7041", "x..4"),
    ("710", "717", "x..20"),
    ("7230", "7239", "x2 x..28"),
    ("7240", "7240", "x..20"),
    ("7241", "7241", "n2"),
    ("7242", "7242", "x..25"),
    ("7250", "7250", "n8"),
    ("7251", "7251", "n8 n4t"),
    ("7252", "7252", "n1"),
    ("7253", "7254", "x..40"),
    ("7255", "7255", "x..10"),
    ("7256", "7256", "x..90"),
    ("7257", "7257", "x..70"),
    ("7258", "7258", "x3"),
    ("7259", "7259", "x..40"),
    ("8001", "8001", "n4 n5 n3 n1 n1"),
    ("8002", "8002", "x..20"),
    ("8003", "8003", "n1 n13c ?x..16"),
    ("8004", "8004", "x..30"),
    ("8005", "8005", "n6"),
    ("8006", "8006", "n14c n4"),
    ("8007", "8007", "x..34"),
    ("8008", "8008", "n6D n2 ?n2 ?n2"),
    ("8009", "8009", "x..50"),
    ("8010", "8010", "y..30"),
    ("8011", "8011", "n..12"),
    ("8012", "8012", "x..20"),
    ("8013", "8013", "x..25"),
    ("8014", "8014", "x..25"),
    ("8017", "8018", "n18c"),
    ("8019", "8019", "n..10"),
    ("8020", "8020", "x..25"),
    ("8026", "8026", "n14c n4"),
    ("8030", "8030", "z..90"),
    ("8040", "8041", "n15"),
    ("8042", "8042", "n32"),
    ("8043", "8043", "n18 ?n..2"),
    ("8110", "8110", "x..70"),
    ("8111", "8111", "n4"),
    ("8112", "8112", "x..70"),
    ("8200", "8200", "x..70"),
    ("90", "90", "x..30"),
    ("91", "99", "x..90"),
];

/// An application identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identifier {
    form: &'static str,
}

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// It may be absent, and with it all that follows.
    pub optional: bool,
    /// Which characters it is made of.
    pub set: Set,
    /// It may be shorter.
    pub variable: bool,
    /// Its length, or its longest.
    pub length: usize,
    /// What must be true of it besides.
    pub content: Content,
}

/// What must be true of a part besides its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing.
    Free,
    /// Its last digit is a check digit.
    Checked,
    /// It is a day, `YYMMDD`, or with `DD` = 00 the end of a month.
    DayOrMonth,
    /// It is a day, `YYMMDD`.
    Day,
    /// It is a time, `hhmm`.
    Time,
}

/// Which characters a part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Digits.
    Digits,
    /// Character set 82.
    Set82,
    /// Character set 39.
    Set39,
    /// base64url.
    Base64Url,
}

/// The identifier that a text starts with, and how many digits it has itself.
pub(crate) fn identifier(text: &str) -> Option<(&str, Identifier)> {
    // No identifier begins like another one: only the last run that does not come after the text can be meant.
    let later = IDENTIFIERS.partition_point(|(first, ..)| *first <= text);
    let (first, last, form) = IDENTIFIERS.get(later.checked_sub(1)?)?;
    let start = text.get(..first.len())?;
    (start <= *last).then_some((start, Identifier { form }))
}

/// Whether the length of what follows is known from the first two digits: then no separator comes after it.
pub(crate) fn is_of_known_length(identifier: &str) -> bool {
    let known = ["00", "01", "02", "03", "04", "20", "41"];
    let runs = ["11"..="19", "31"..="36"];
    identifier
        .get(..2)
        .is_some_and(|start| known.contains(&start) || runs.iter().any(|run| run.contains(&start)))
}

impl Identifier {
    /// The parts of the value, in order.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        self.form.split(' ').map(Part::read)
    }

    /// How long the value is, if all of it has a known length.
    pub fn length(self) -> usize {
        self.parts().map(|part| part.length).sum()
    }
}

impl Part {
    /// Reads one part of a form.
    pub fn read(text: &str) -> Self {
        let (optional, text) = text.strip_prefix('?').map_or((false, text), |rest| (true, rest));
        let set = match text.as_bytes().first() {
            Some(b'x') => Set::Set82,
            Some(b'y') => Set::Set39,
            Some(b'z') => Set::Base64Url,
            _ => Set::Digits,
        };
        let text = text.trim_start_matches(['n', 'x', 'y', 'z']);
        let (variable, text) = text.strip_prefix("..").map_or((false, text), |rest| (true, rest));
        let content = match text.as_bytes().last() {
            Some(b'c') => Content::Checked,
            Some(b'd') => Content::DayOrMonth,
            Some(b'D') => Content::Day,
            Some(b't') => Content::Time,
            _ => Content::Free,
        };
        let length = text.trim_end_matches(['c', 'd', 'D', 't']);
        Self { optional, set, variable, length: length.parse().expect("the table is well formed"), content }
    }
}

impl Set {
    /// Whether a character belongs to it.
    pub fn contains(self, character: u8) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Set82 => {
                character.is_ascii_alphanumeric() || br#"!"%&'()*+,-./:;<=>?_"#.contains(&character)
            }
            Self::Set39 => {
                character.is_ascii_uppercase() || character.is_ascii_digit() || b"#-/".contains(&character)
            }
            Self::Base64Url => character.is_ascii_alphanumeric() || b"-_=".contains(&character),
        }
    }
}

/// Every run of application identifiers that is read: the first, the last, and the parts of the value. A part is `n` (digits),
/// `x` (character set 82), `y` (character set 39) or `z` (base64url), then its length, `..` before a longest length, and `?` in
/// front when it may be absent. Behind it may stand what is looked at besides: `c` a check digit at its end, `d` a day `YYMMDD` or
/// with `DD` = 00 the end of a month, `D` a day, `t` a time `hhmm`.
pub fn application_identifiers() -> &'static [(&'static str, &'static str, &'static str)] {
    IDENTIFIERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_table_can_be_read_and_identifiers_are_in_order() {
        let mut before = "";
        for (first, last, form) in IDENTIFIERS {
            assert!(first.len() == last.len() && first <= last && before < *first, "{first}-{last}");
            before = last;
            assert!(Identifier { form }.parts().all(|part| part.length > 0), "{form}");
            let variable = Identifier { form }.parts().any(|part| part.variable || part.optional);
            assert!(!(variable && is_of_known_length(first)), "{first}");
        }
    }

    #[test]
    fn no_identifier_begins_like_another_one() {
        for (first, last, _) in IDENTIFIERS {
            for name in [first, last] {
                let (found, after) = (identifier(name), format!("{name}9"));
                assert_eq!(found.map(|(found, _)| found), Some(*name));
                assert_eq!(identifier(&after), found, "{name}");
            }
        }
    }

    #[test]
    fn what_is_between_the_identifiers_is_none() {
        for text in [
            "", "0", "04", "14", "18", "29", "3", "310", "3106", "316", "3944", "4", "409", "4334", "7042",
            "718", "89", "9", "é1",
        ] {
            assert_eq!(identifier(text), None, "{text:?}");
        }
    }
}
