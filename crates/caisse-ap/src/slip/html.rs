//! The text of the little HTML that terminals write.

/// Elements after which a new line begins.
const BLOCKS: [&str; 9] = ["br", "p", "div", "tr", "li", "h1", "h2", "h3", "pre"];

/// Elements whose content is not for reading.
const HIDDEN: [&str; 4] = ["style", "script", "head", "title"];

/// Drops tags, comments and hidden elements, breaks lines where a browser would, and resolves character references.
pub(super) fn to_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&resolved(before));
        rest = match after.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").map_or("", |(_, after)| after),
            None => {
                let (tag, after) = after.split_once('>').unwrap_or((after, ""));
                let (closing, name) = name_of(tag);
                if BLOCKS.contains(&&name[..]) && (closing || name == "br") {
                    text.push('\n');
                }
                if HIDDEN.contains(&&name[..]) && !closing { after_element(after, &name) } else { after }
            }
        };
    }
    text.push_str(&resolved(rest));
    text
}

fn name_of(tag: &str) -> (bool, String) {
    let closing = tag.starts_with('/');
    let name = tag.trim_start_matches('/').split(|character: char| !character.is_ascii_alphanumeric()).next();
    (closing, name.unwrap_or_default().to_ascii_lowercase())
}

fn after_element<'html>(html: &'html str, name: &str) -> &'html str {
    let end = format!("</{name}");
    let lowercase = html.to_ascii_lowercase();
    lowercase.find(&end).map_or("", |start| html[start..].split_once('>').map_or("", |(_, after)| after))
}

fn resolved(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match after.split_once(';').and_then(|(name, after)| Some((reference(name)?, after))) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    if let Some(hexadecimal) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
        return u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32);
    }
    if let Some(decimal) = name.strip_prefix('#') {
        return decimal.parse().ok().and_then(char::from_u32);
    }
    const NAMES: [(&str, char); 16] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("euro", '€'),
        ("eacute", 'é'),
        ("Eacute", 'É'),
        ("egrave", 'è'),
        ("ecirc", 'ê'),
        ("agrave", 'à'),
        ("acirc", 'â'),
        ("ccedil", 'ç'),
        ("ocirc", 'ô'),
        ("ucirc", 'û'),
    ];
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_disappear_and_blocks_end_lines() {
        assert_eq!(to_text("<DIV class=\"a\">one</DIV><b>two</b><br />three"), "one\ntwo\nthree");
    }

    #[test]
    fn what_a_browser_hides_is_hidden() {
        assert_eq!(to_text("a<script>if (1<2) x()</script>b<!-- c > d -->e<title>f"), "abe");
    }

    #[test]
    fn broken_markup_is_read_without_harm() {
        assert_eq!(to_text("a & b &unknown; &#x41;&#65;&#xD800; < c"), "a & b &unknown; AA&#xD800; ");
        assert_eq!(to_text("<"), "");
        assert_eq!(to_text("<!--"), "");
    }
}
