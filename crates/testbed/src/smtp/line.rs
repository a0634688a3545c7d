//! Lines of SMTP and headers of mails.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The longest line anybody may send; RFC 5321 asks for 1000, some senders do not fold.
const LONGEST: u64 = 64 * 1024;

/// One line without its end, or `None` when the peer is gone or sends without end.
///
/// Only one line is taken from the reader, so commands that were sent ahead (pipelining) stay where they are.
pub(super) async fn read<R: AsyncBufRead + Unpin>(reader: &mut R) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    reader.take(LONGEST).read_until(b'\n', &mut line).await.ok()?;
    if line.pop() != Some(b'\n') {
        return None;
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Some(line)
}

/// The path of `MAIL FROM:<a@b> SIZE=1` or `RCPT TO:<a@b>`, and the parameters after it.
pub(super) fn path<'a>(command: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let head = command.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = command[keyword.len()..].trim_start().strip_prefix('<')?;
    rest.split_once('>')
}

/// The value of `SIZE=` among the parameters of `MAIL`.
pub(super) fn declared_size(parameters: &str) -> Option<usize> {
    let size = parameters.split_ascii_whitespace().find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("SIZE").then_some(value)
    })?;
    size.parse().ok()
}

/// A header's value, unfolded.
pub(super) fn header(raw: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(raw);
    let mut lines = text.lines().take_while(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let Some((found, value)) = line.split_once(':') else { continue };
        if !found.eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value.trim().to_owned();
        while let Some(folded) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
            value.push(' ');
            value.push_str(folded.trim());
        }
        return Some(value.trim().to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{declared_size, header, path, read};

    #[test]
    fn a_path_is_read_with_its_parameters() {
        assert_eq!(path("mail from:<a@b> SIZE=12", "MAIL FROM:"), Some(("a@b", " SIZE=12")));
        assert_eq!(path("RCPT TO: <a@b>", "RCPT TO:"), Some(("a@b", "")));
        assert_eq!(path("MAIL FROM:<>", "MAIL FROM:"), Some(("", "")));
        assert_eq!(path("MAIL FROM:a@b", "MAIL FROM:"), None);
        assert_eq!(path("MAIL", "MAIL FROM:"), None);
        assert_eq!(declared_size(" BODY=8BITMIME size=12"), Some(12));
    }

    #[test]
    fn a_folded_header_is_read_whole_and_the_body_is_not_searched() {
        let mail = b"Subject: x\r\nMessage-ID:\r\n <a@b>\r\n\r\nReferences: no\r\n";
        assert_eq!(header(mail, "message-id").as_deref(), Some("<a@b>"));
        assert_eq!(header(mail, "references"), None);
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused() {
        let mut endless = tokio::io::BufReader::new(tokio::io::repeat(b'x'));
        assert_eq!(read(&mut endless).await, None);
    }
}
