//! Whether everything that was acknowledged is there, once, and whether pgbench did whole sales too.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::PgConnection;
use terminal::load::Sold;

use crate::shop::SCANS;

/// The independent count at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Sales that tills were told of.
    pub acknowledged: usize,
    /// Sales in the database.
    pub sales: usize,
    /// `sales.completed` events in the outbox.
    pub events: usize,
    /// Those of them that the stream has acknowledged, each at a place of its own.
    pub published: i64,
    /// Cents that tills were told of.
    pub acknowledged_minor: i64,
    /// Cents in the database.
    pub sales_minor: i64,
    /// Whole sales that pgbench says it made.
    pub pgbench: u64,
    /// Whole sales of pgbench in its database: paid, numbered without gaps, with 8 lines and an event.
    pub pgbench_sales: i64,
    /// What does not agree, in words; empty when all does.
    pub disagreements: Vec<String>,
}

/// A sale as the database holds it.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    sale_id: String,
    terminal_code: String,
    sequence: i64,
    total_minor: i64,
}

/// Reads the product's books and compares them with what the tills were told.
///
/// # Errors
/// When the database is away.
pub async fn read(connection: &mut PgConnection, acknowledged: &[Sold]) -> anyhow::Result<Books> {
    let sales: Vec<Row> =
        sqlx::query_as("select sale_id::text, terminal_code, sequence, total_minor from sale")
            .fetch_all(&mut *connection)
            .await?;
    let events: Vec<String> =
        sqlx::query_scalar("select payload ->> 'sale_id' from outbox where subject like 'sales.completed.%'")
            .fetch_all(&mut *connection)
            .await?;
    let published: i64 = sqlx::query_scalar(
        "select count(distinct stream_sequence) from outbox
        where published_time is not null and subject like 'sales.completed.%'",
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut books = Books {
        acknowledged: acknowledged.len(),
        sales: sales.len(),
        events: events.len(),
        published,
        acknowledged_minor: acknowledged.iter().map(|sold| sold.total_minor).sum(),
        sales_minor: sales.iter().map(|row| row.total_minor).sum(),
        ..Books::default()
    };
    books.compare(acknowledged, &sales, &events);
    Ok(books)
}

impl Books {
    fn compare(&mut self, acknowledged: &[Sold], sales: &[Row], events: &[String]) {
        let told: BTreeSet<(&str, &str, i64, i64)> = acknowledged
            .iter()
            .map(|sold| (sold.sale_id.as_str(), sold.terminal_code.as_str(), sold.sequence, sold.total_minor))
            .collect();
        let kept: BTreeSet<(&str, &str, i64, i64)> = sales
            .iter()
            .map(|row| (row.sale_id.as_str(), row.terminal_code.as_str(), row.sequence, row.total_minor))
            .collect();
        self.expect(told.len() == acknowledged.len(), "a sale was acknowledged twice");
        self.expect(told.is_subset(&kept), "an acknowledged sale is not in the database as it was told");
        self.expect(kept.is_subset(&told), "the database holds a sale that nobody was told of");
        let ids: BTreeSet<&str> = sales.iter().map(|row| row.sale_id.as_str()).collect();
        let announced: BTreeSet<&str> = events.iter().map(String::as_str).collect();
        self.expect(announced == ids && events.len() == ids.len(), "events and sales are not one to one");
        self.expect(usize::try_from(self.published) == Ok(events.len()), "an event is not in the stream");
        let mut numbers: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for row in sales {
            numbers.entry(&row.terminal_code).or_default().push(row.sequence);
        }
        for (till, mut numbers) in numbers {
            numbers.sort_unstable();
            self.expect((1..).zip(&numbers).all(|(expected, number)| expected == *number), till);
        }
    }

    /// Adds what pgbench has left in its database.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn add_pgbench(&mut self, connection: &mut PgConnection, made: u64) -> anyhow::Result<()> {
        let whole = sqlx::query_scalar(
            "select count(*) from sale join basket using (basket_id) join outbox on outbox.event_id = sale.sale_id
            join request on request.request_id = sale.sale_id and request.caller = 'terminal/' || sale.terminal_code
            where sale.terminal_code like 'PG-%' and basket.state = 'paid'
              and jsonb_array_length(sale.ticket -> 'lines') = $1
              and jsonb_array_length(basket.entries) = $1 + 3",
        );
        self.pgbench_sales = whole.bind(i32::try_from(SCANS)?).fetch_one(&mut *connection).await?;
        self.pgbench = made;
        let gaps: i64 = sqlx::query_scalar(
            "select count(*) from terminal_head where terminal_code like 'PG-%'
              and sequence <> (select count(*) from sale where sale.terminal_code = terminal_head.terminal_code)",
        )
        .fetch_one(connection)
        .await?;
        self.expect(gaps == 0, "pgbench left a gap in the numbers of a till");
        let kept = u64::try_from(self.pgbench_sales) == Ok(made);
        self.expect(kept, "pgbench did not make the whole sales that it counted");
        Ok(())
    }

    /// Notes what does not agree.
    pub fn expect(&mut self, agrees: bool, otherwise: &str) {
        if !agrees {
            self.disagreements.push(otherwise.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(sales: &[(&str, i64, i64)], events: &[&str]) -> Vec<String> {
        let sold = |id: &str, sequence, total_minor| Sold {
            basket_id: uuid::Uuid::nil(),
            sale_id: id.to_owned(),
            terminal_code: "T".to_owned(),
            sequence,
            total_minor,
        };
        let rows: Vec<Row> = sales
            .iter()
            .map(|(id, sequence, total_minor)| Row {
                sale_id: (*id).to_owned(),
                terminal_code: "T".to_owned(),
                sequence: *sequence,
                total_minor: *total_minor,
            })
            .collect();
        let events: Vec<String> = events.iter().map(|id| (*id).to_owned()).collect();
        let mut books = Books { published: 2, ..Books::default() };
        books.compare(&[sold("a", 1, 100), sold("b", 2, 200)], &rows, &events);
        books.disagreements
    }

    #[test]
    fn every_planted_error_is_found() {
        assert_eq!(compared(&[("a", 1, 100), ("b", 2, 200)], &["a", "b"]), Vec::<String>::new());
        for (sales, events) in [
            (&[("a", 1, 100)][..], &["a", "b"][..]),
            (&[("a", 1, 100), ("b", 2, 200), ("c", 3, 1)], &["a", "b"]),
            (&[("a", 1, 100), ("b", 2, 201)], &["a", "b"]),
            (&[("a", 1, 100), ("b", 3, 200)], &["a", "b"]),
            (&[("a", 1, 100), ("b", 2, 200)], &["a"]),
            (&[("a", 1, 100), ("b", 2, 200)], &["a", "b", "b"]),
        ] {
            assert_ne!(compared(sales, events), Vec::<String>::new(), "{sales:?} {events:?}");
        }
    }
}
