//! Finding products by name as it is spoken: accents, case and one typing error do not matter.

use barcode::Gtin;

use crate::domain::catalogue::Catalogue;

#[cfg(test)]
mod tests;

/// Words shorter than this must be right: with one letter changed they would mean anything.
const SHORTEST_FORGIVEN: usize = 4;

/// How well a word of a name answers a word that was typed; the smaller the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Start,
    Forgiven,
}

/// The products whose names answer every word of the text, the best first: whole words before beginnings before typing errors, then
/// by the length of the name, then by the alphabet. Without an end: the caller takes as many as are wanted.
pub fn search(catalogue: &Catalogue, text: &str) -> Vec<Gtin> {
    let typed = words(text);
    if typed.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(Vec<Fit>, usize, &str, Gtin)> = Vec::new();
    for product in catalogue.products() {
        let name = words(&product.name);
        let fits: Option<Vec<Fit>> =
            typed.iter().map(|word| name.iter().filter_map(|other| fit(word, other)).min()).collect();
        if let Some(mut fits) = fits {
            fits.sort_unstable_by(|one, other| other.cmp(one));
            found.push((fits, product.name.chars().count(), &product.name, product.gtin));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(.., gtin)| gtin).collect()
}

/// The words of a text without accents and in small letters.
fn words(text: &str) -> Vec<Vec<char>> {
    let letters: String = text.chars().flat_map(char::to_lowercase).map(plain).collect();
    letters
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().collect())
        .collect()
}

/// A small letter without its accent. Ligatures are written as their first letter on keyboards without them often enough; they are
/// read as their two letters.
fn plain(letter: char) -> String {
    let plain = match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'œ' => "oe",
        'æ' => "ae",
        // Accents that were typed apart from their letters.
        '\u{300}'..='\u{36f}' => "",
        other => return other.to_string(),
    };
    plain.to_owned()
}

fn fit(typed: &[char], word: &[char]) -> Option<Fit> {
    if typed == word {
        return Some(Fit::Whole);
    }
    if word.starts_with(typed) {
        return Some(Fit::Start);
    }
    let forgiven = typed.len() >= SHORTEST_FORGIVEN
        && (is_one_error(typed, word)
            // The word goes on after what was typed.
            || (typed.len().saturating_sub(1)..=typed.len() + 1)
                .filter_map(|length| word.get(..length))
                .any(|start| is_one_error(typed, start)));
    forgiven.then_some(Fit::Forgiven)
}

/// Whether two words differ by one letter changed, missing, too many, or swapped with its neighbour.
fn is_one_error(one: &[char], other: &[char]) -> bool {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (rest, others) = (&one[same..], &other[same..]);
    match (rest, others) {
        ([_, after @ ..], [_, others_after @ ..]) if after == others_after => true,
        ([_, after @ ..], others) if after == others => true,
        (rest, [_, after @ ..]) if rest == after => true,
        ([a, b, after @ ..], [c, d, others_after @ ..]) => (a, b, after) == (d, c, others_after),
        _ => false,
    }
}
