//! Files of the bank, and what they settled.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use money::Cents;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        acquirer::{FileFinding, Known, KnownId, Report},
        attendance::{Detail, Intervention},
        id::SaleId,
    },
    error::Error,
};

/// No other lock of this database is meant: "bank".
const LOCK: i64 = 0x6261_6e6b;

/// Lets one import be made after the other, over all replicas.
pub async fn lock(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK).execute(tx).await?;
    Ok(())
}

/// What was answered to the very same file.
pub async fn report(tx: &mut PgConnection, file_sha256: &[u8]) -> Result<Option<Report>, Error> {
    let report = sqlx::query_scalar!(
        r#"
        select report as "report: Json<Report>"
        from acquirer_file
        where file_sha256 = $1
        "#,
        file_sha256,
    )
    .fetch_optional(tx)
    .await?;
    Ok(report.map(|report| report.0))
}

/// Notes a file. What came of it is not changed any more.
pub async fn remember(
    tx: &mut PgConnection,
    file_sha256: &[u8],
    caller: &str,
    report: &Report,
    now: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        insert into acquirer_file (file_sha256, imported_time, imported_by, report)
        values ($1, $2, $3, $4)
        "#,
        file_sha256,
        now,
        caller,
        Json(report) as Json<&Report>,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Card payments of these tills that are known: those of sales, those that were settled and whose sales are not told yet, and those that
/// are held for a basket beside a payment that nobody knows of.
pub async fn known(
    tx: &mut PgConnection,
    tills: &[String],
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<Known>, Error> {
    let rows = sqlx::query_file!("src/store/acquirer/known.sql", tills, from, until,).fetch_all(tx).await?;
    let known = rows.into_iter().map(|row| Known {
        id: if row.is_sale { KnownId::Sale(SaleId(row.id)) } else { KnownId::Settled(row.id) },
        by_vouchers: row.by_vouchers,
        terminal_code: row.terminal_code,
        amount: Cents::new(row.amount),
        pan_last4: row.pan_last4,
        authorisation: row.authorisation,
        time: row.time,
    });
    Ok(known.collect())
}

/// Which of these rows have settled a payment before.
pub async fn settled_rows(tx: &mut PgConnection, rows: &[Vec<u8>]) -> Result<HashSet<[u8; 32]>, Error> {
    let settled = sqlx::query_scalar!(
        r#"
        select row_sha256
        from acquirer_settlement
        where row_sha256 = any ($1)
        "#,
        rows,
    )
    .fetch_all(tx)
    .await?;
    let read = |digest: Vec<u8>| digest.try_into().ok().context("a digest that the table does not allow");
    Ok(settled.into_iter().map(read).collect::<Result<_, _>>()?)
}

/// Settles a payment as made by a row of a file. Nobody else has settled it: it was locked when it was read.
pub async fn settle(
    tx: &mut PgConnection,
    settled: &Intervention,
    file_sha256: &[u8],
    row_sha256: &[u8],
) -> Result<(), Error> {
    let (decision, time) = settled.answered.context("an answer without a decision")?;
    sqlx::query!(
        r#"
        update intervention
        set answered_time = $2,
            decision = $3,
            detail = $4,
            acquirer_file_sha256 = $5
        where intervention_id = $1
        "#,
        settled.intervention_id,
        time,
        decision.as_str(),
        Json(&settled.detail) as Json<&Detail>,
        file_sha256,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into acquirer_settlement (row_sha256, intervention_id)
        values ($1, $2)
        "#,
        row_sha256,
        settled.intervention_id,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps what a file says of payments that go on waiting.
pub async fn note_findings(tx: &mut PgConnection, findings: &[(Uuid, FileFinding)]) -> Result<(), Error> {
    let (ids, words): (Vec<Uuid>, Vec<String>) =
        findings.iter().map(|(id, finding)| (*id, finding.as_str().to_owned())).unzip();
    sqlx::query!(
        r#"
        insert into acquirer_finding (intervention_id, finding)
        select *
        from unnest($1::uuid[], $2::text[])
        on conflict on constraint acquirer_finding_pk do update
        set finding = excluded.finding
        "#,
        &ids,
        &words,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What files say of the payments that wait in a store.
pub async fn findings_in(
    db: &mut PgConnection,
    store_code: &str,
) -> Result<HashMap<Uuid, FileFinding>, Error> {
    let rows = sqlx::query!(
        r#"
        select intervention_id, finding
        from acquirer_finding
        join intervention using (intervention_id)
        where store_code = $1
          and answered_time is null
        "#,
        store_code,
    )
    .fetch_all(db)
    .await?;
    let read = |word: &str| FileFinding::parse(word).context("a finding that the table does not allow");
    Ok(rows
        .into_iter()
        .map(|row| Ok((row.intervention_id, read(&row.finding)?)))
        .collect::<Result<_, anyhow::Error>>()?)
}
