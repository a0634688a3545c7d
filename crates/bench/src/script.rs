//! Scripts for pgbench: the very statements of a sale, and the least that a finished sale could be.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};

use crate::trace::Statement;

/// A script with the values that stay the same in every sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The text for `--file`.
    pub text: String,
    /// For `--define`.
    pub values: Vec<(String, String)>,
}

/// What pgbench cannot make by itself: an identity that grows with time, and the name of the client's own till.
const IDENTITIES: &str =
    "select (lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
    || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid as fresh,
    'PG-' || :client_id as till, 'terminal/PG-' || :client_id as caller
\\gset
";

/// Values of the observed sale that differ in every sale, with the variable that takes their place.
pub type Varying = BTreeMap<String, &'static str>;

/// The variables a sale must have, or it is not the sale that was known when this was written.
const NEEDED: [&str; 5] = ["fresh", "till", "caller", "next", "head_hash"];

/// Makes the script of the observed statements: text, order and transactions as they were observed.
///
/// Left out is what the pool does with a connection that comes back (`begin; rollback`), and the catalogue's look at its version:
/// neither belongs to a sale, and both would slow pgbench down. The names of columns lose what only sqlx reads in them.
///
/// # Errors
/// When the statements are no longer those of a sale as it is known here.
pub fn whole_sale(observed: &[Statement], varying: &Varying) -> anyhow::Result<Script> {
    let mut text = IDENTITIES.to_owned();
    let mut constants = BTreeMap::new();
    for statement in observed.iter().filter(|statement| belongs_to_a_sale(&statement.sql)) {
        let sql = statement.sql.trim().trim_end_matches(';');
        if statement.parameters.is_empty() && sql.contains(';') {
            // pgbench prepares one statement at a time; a pipeline sends these in one go, as checkout does.
            text.push_str("\\startpipeline\n");
            sql.split(';').for_each(|part| text.push_str(&format!("{};\n", part.trim())));
            text.push_str("\\endpipeline\n");
            continue;
        }
        let bound = bind(&plain_names(sql), &statement.parameters, varying, &mut constants)?;
        text.push_str(&bound);
        if reads_the_head(sql) {
            text.push_str("\n\\gset head_\n\\set next :head_sequence + 1\n");
        } else {
            text.push_str(";\n");
        }
    }
    for variable in NEEDED {
        ensure!(text.contains(&format!(":{variable}")), "no statement of a sale takes {variable} any more");
    }
    Ok(Script { text, values: constants.into_iter().map(|(value, name)| (name, value)).collect() })
}

fn belongs_to_a_sale(sql: &str) -> bool {
    sql != "begin; rollback" && !sql.contains("catalogue_version")
}

fn reads_the_head(sql: &str) -> bool {
    sql.starts_with("select") && sql.contains("terminal_head.hash")
}

/// `as "ticket?: Json<Ticket>"` → `as "ticket"`
fn plain_names(sql: &str) -> String {
    let mut parts = sql.split("as \"");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once('"').unwrap_or((part, ""));
        let word = name.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next();
        plain.push_str(&format!("as \"{}\"{after}", word.unwrap_or_default()));
    }
    plain
}

/// Puts a variable of pgbench where each `$n` stands.
fn bind(
    sql: &str,
    parameters: &[Option<String>],
    varying: &Varying,
    constants: &mut BTreeMap<String, String>,
) -> anyhow::Result<String> {
    let mut parts = sql.split('$');
    let mut bound = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let (number, after) = part.split_at(digits);
        let number: usize = number.parse().with_context(|| format!("no parameter in {sql}"))?;
        let value = parameters.get(number - 1).with_context(|| format!("${number} was not observed"))?;
        match value {
            None => bound.push_str("null"),
            Some(value) => match varying.get(value) {
                Some(variable) => bound.push_str(&format!(":{variable}")),
                None => {
                    let next = constants.len();
                    let name = constants.entry(value.clone()).or_insert_with(|| format!("c{next}"));
                    bound.push_str(&format!(":{name}"));
                }
            },
        }
        bound.push_str(after);
    }
    Ok(bound)
}

/// The tables of [`finished_sale`].
pub const FINISHED_TABLES: &str = "
create table finished_sale (
    sale_id bigint generated always as identity primary key, terminal text not null,
    completed_time timestamptz not null, total_minor bigint not null
);
create table finished_line (
    sale_id bigint not null, line_id integer not null, gtin text not null, name text not null,
    quantity_milli bigint not null, unit_price_minor bigint not null, total_minor bigint not null,
    primary key (sale_id, line_id)
);
create table finished_payment (
    sale_id bigint primary key, kind text not null, amount_minor bigint not null, slip_text text not null
);
create table finished_event (event_id bigint generated always as identity primary key, payload json not null)";

/// Bytes of the event of [`finished_sale`].
const EVENT: usize = 2048;

/// One finished sale as one statement: sale, 8 lines, payment and an event of 2 KB, cut from that of a real sale.
#[must_use]
pub fn finished_sale(real_event: &str, slip_text: &str) -> Script {
    let text = "with sold as (
    insert into finished_sale (terminal, completed_time, total_minor)
    values ('PG-' || :client_id, now(), 2392)
    returning sale_id
), lines as (
    insert into finished_line (sale_id, line_id, gtin, name, quantity_milli, unit_price_minor, total_minor)
    select sold.sale_id, line_id, '03012345678900', 'Carottes de sable', 1000, 299, 299
    from sold, generate_series(1, 8) as line_id
), paid as (
    insert into finished_payment (sale_id, kind, amount_minor, slip_text)
    select sale_id, 'card', 2392, :slip from sold
)
insert into finished_event (payload)
select :event::json from sold;
";
    let body: String = real_event.chars().filter(|letter| !matches!(letter, '"' | '\\')).collect();
    let body: String = body.chars().filter(char::is_ascii).cycle().take(EVENT - 2).collect();
    let values = [("slip", slip_text.to_owned()), ("event", format!("\"{body}\""))];
    Script { text: text.to_owned(), values: values.map(|(name, value)| (name.to_owned(), value)).to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sql: &str, parameters: &[Option<&str>]) -> Statement {
        let parameters = parameters.iter().map(|value| value.map(str::to_owned)).collect();
        Statement { sql: sql.to_owned(), parameters }
    }

    #[test]
    fn the_script_has_the_statements_as_they_were_observed() {
        let observed = [
            statement("begin; set local synchronous_commit = off", &[]),
            statement("insert into basket values ($1, $2, $3)", &[Some("id"), Some("TRACE"), Some("EUR")]),
            statement("COMMIT", &[]),
            statement("begin; rollback", &[]),
            statement("select version from catalogue_version", &[]),
            statement(
                "select terminal_head.hash as \"hash?\", x as \"y: Json<Vec<Entry>>\" from t where c = $1",
                &[Some("terminal/TRACE")],
            ),
            statement("update t set a = $2, b = $1 - 1, c = $3::uuid", &[Some("42"), Some("\\x00"), None]),
        ];
        let varying = Varying::from([
            ("id".to_owned(), "fresh"),
            ("TRACE".to_owned(), "till"),
            ("terminal/TRACE".to_owned(), "caller"),
            ("42".to_owned(), "next"),
            ("\\x00".to_owned(), "head_hash"),
        ]);
        let script = whole_sale(&observed, &varying).unwrap();
        let expected = "\\startpipeline\nbegin;\nset local synchronous_commit = off;\n\\endpipeline\n\
            insert into basket values (:fresh, :till, :c0);\n\
            COMMIT;\n\
            select terminal_head.hash as \"hash\", x as \"y\" from t where c = :caller\n\
            \\gset head_\n\\set next :head_sequence + 1\n\
            update t set a = :head_hash, b = :next - 1, c = null::uuid;\n";
        assert_eq!(script.text, format!("{IDENTITIES}{expected}"));
        assert_eq!(script.values, [("c0".to_owned(), "EUR".to_owned())]);
        assert!(whole_sale(&observed[..3], &varying).is_err());
    }

    #[test]
    fn the_event_of_a_finished_sale_has_two_kilobytes_of_json() {
        let script = finished_sale("{\"name\": \"Pâté\"}", "slip");
        let (_, event) = &script.values[1];
        assert_eq!(event.len(), EVENT);
        assert!(serde_json::from_str::<String>(event).is_ok());
    }
}
