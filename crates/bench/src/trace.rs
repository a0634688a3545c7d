//! What checkout asks of PostgreSQL, read from the server's own log.

/// A statement as the server carried it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its text, with `$1`, `$2`, … for the parameters.
    pub sql: String,
    /// The parameters as text; `None` is null.
    pub parameters: Vec<Option<String>>,
}

/// The prefix of the log's lines while it is read here: it ends with the application's name and a bar.
pub const LINE_PREFIX: &str = "%m [%p] %a|";

/// The statements of an application between two marks, which are statements too.
#[must_use]
pub fn statements(log: &str, application: &str, from: &str, to: &str) -> Vec<Statement> {
    let entries = entries(log);
    let mark = |mark: &str| entries.iter().position(|entry| entry.contains(mark)).unwrap_or(entries.len());
    let (start, end) = (mark(from), mark(to));
    let head = format!(" {application}|");
    let mut found: Vec<Statement> = Vec::new();
    for entry in entries.get(start..end).unwrap_or_default() {
        let Some((_, told)) = entry.split_once(&head) else { continue };
        if let Some(sql) = told.strip_prefix("LOG:  statement: ") {
            found.push(Statement { sql: sql.to_owned(), parameters: Vec::new() });
        } else if let Some((_, sql)) =
            told.strip_prefix("LOG:  execute ").and_then(|named| named.split_once(": "))
        {
            found.push(Statement { sql: sql.to_owned(), parameters: Vec::new() });
        } else if let (Some(list), Some(last)) =
            (told.strip_prefix("DETAIL:  parameters: "), found.last_mut())
        {
            last.parameters = parameters(list);
        }
    }
    found
}

/// The server writes a tab before each further line of one entry.
fn entries(log: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'one', $2 = NULL, $3 = 'it''s'`
fn parameters(list: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            found.push(None);
            rest = value;
            continue;
        };
        let (text, after) = unquoted(quoted);
        found.push(Some(text));
        rest = after;
    }
    found
}

/// The text up to the closing quote, and what comes after it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = quoted;
    while let Some((part, after)) = rest.split_once('\'') {
        text.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return (text, after),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_with_their_parameters_and_those_of_others_left_out() {
        let log = "2026-01-01 00:00:00.000 UTC [7] psql|LOG:  statement: select 'from'\n\
            2026-01-01 00:00:00.000 UTC [8] checkout|LOG:  statement: begin; set local synchronous_commit = off\n\
            2026-01-01 00:00:00.000 UTC [8] checkout|LOG:  execute sqlx_s_1: \n\
            \tupdate basket\n\
            \tset entries = $1, slip = $2\n\
            \twhere x = $3\n\
            2026-01-01 00:00:00.000 UTC [8] checkout|DETAIL:  parameters: $1 = '{\"a\": \"it''s = \"}', $2 = NULL, $3 = 'two\n\
            \tlines'\n\
            2026-01-01 00:00:00.000 UTC [9] outbox relay|LOG:  statement: BEGIN\n\
            2026-01-01 00:00:00.000 UTC [8] checkout|LOG:  statement: COMMIT\n\
            2026-01-01 00:00:00.000 UTC [7] psql|LOG:  statement: select 'to'\n\
            2026-01-01 00:00:00.000 UTC [8] checkout|LOG:  statement: begin; rollback\n";
        let plain = |sql: &str| Statement { sql: sql.to_owned(), parameters: Vec::new() };
        let update = Statement {
            sql: "\nupdate basket\nset entries = $1, slip = $2\nwhere x = $3".to_owned(),
            parameters: vec![Some("{\"a\": \"it's = \"}".to_owned()), None, Some("two\nlines".to_owned())],
        };
        assert_eq!(
            statements(log, "checkout", "'from'", "'to'"),
            [plain("begin; set local synchronous_commit = off"), update, plain("COMMIT")]
        );
    }
}
