//! The promotions, and in which baskets those with a limit are given.

use barcode::Gtin;
use money::Cents;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    id::{BasketId, MemberId},
    promotion::{Announcement, Benefit, Hours, Limits, Promotion},
};
use crate::store::catalogue::{decode, unknown_word};

/// What of a promotion's benefit stands in which column.
#[derive(Default)]
struct Terms {
    benefit: &'static str,
    percent_basis_points: i64,
    amount: Cents,
    take: i64,
    pay: i64,
    at_least: Cents,
}

impl From<&Benefit> for Terms {
    fn from(benefit: &Benefit) -> Self {
        match *benefit {
            Benefit::Percent { basis_points } => {
                Self { benefit: "percent", percent_basis_points: basis_points, ..Self::default() }
            }
            Benefit::Amount { off } => Self { benefit: "amount", amount: off, ..Self::default() },
            Benefit::NForM { take, pay } => Self { benefit: "n_for_m", take, pay, ..Self::default() },
            Benefit::ThresholdAmount { at_least, off } => {
                Self { benefit: "threshold_amount", at_least, amount: off, ..Self::default() }
            }
            Benefit::ThresholdPercent { at_least, basis_points } => Self {
                benefit: "threshold_percent",
                at_least,
                percent_basis_points: basis_points,
                ..Self::default()
            },
        }
    }
}

impl Terms {
    fn benefit(word: &str, terms: &Self) -> sqlx::Result<Benefit> {
        let Self { percent_basis_points: basis_points, amount: off, take, pay, at_least, .. } = *terms;
        match word {
            "percent" => Ok(Benefit::Percent { basis_points }),
            "amount" => Ok(Benefit::Amount { off }),
            "n_for_m" => Ok(Benefit::NForM { take, pay }),
            "threshold_amount" => Ok(Benefit::ThresholdAmount { at_least, off }),
            "threshold_percent" => Ok(Benefit::ThresholdPercent { at_least, basis_points }),
            word => Err(unknown_word(word)),
        }
    }
}

/// Every promotion: past, present and to come.
pub async fn all(tx: &mut PgConnection) -> sqlx::Result<Vec<Promotion>> {
    let rows = sqlx::query!(
        r#"
        select promotion_code, label, category, gtins, store_codes, benefit, percent_basis_points, amount_minor, take, pay,
               at_least_minor, start_time, end_time, from_minute, to_minute, weekdays, on_claim, members_only, exclusive,
               basket_limit, member_limit, total_limit, announcement
        from promotion
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let terms = Terms {
                benefit: "",
                percent_basis_points: row.percent_basis_points,
                amount: Cents::new(row.amount_minor),
                take: row.take,
                pay: row.pay,
                at_least: Cents::new(row.at_least_minor),
            };
            Ok(Promotion {
                benefit: Terms::benefit(&row.benefit, &terms)?,
                gtins: row
                    .gtins
                    .iter()
                    .map(|gtin| Gtin::parse(gtin))
                    .collect::<Result<_, _>>()
                    .map_err(decode)?,
                announcement: Announcement::parse(&row.announcement)
                    .ok_or_else(|| unknown_word(&row.announcement))?,
                hours: Hours {
                    from_minute: row.from_minute,
                    to_minute: row.to_minute,
                    weekdays: u8::try_from(row.weekdays).map_err(decode)?,
                },
                limits: Limits { basket: row.basket_limit, member: row.member_limit, total: row.total_limit },
                code: row.promotion_code,
                label: row.label,
                category: row.category,
                store_codes: row.store_codes,
                start: row.start_time,
                end: row.end_time,
                on_claim: row.on_claim,
                members_only: row.members_only,
                exclusive: row.exclusive,
            })
        })
        .collect()
}

/// Creates a promotion or changes it; `false` when it was like this before.
pub async fn save(tx: &mut PgConnection, promotion: &Promotion) -> sqlx::Result<bool> {
    let terms = Terms::from(&promotion.benefit);
    let gtins: Vec<&str> = promotion.gtins.iter().map(|gtin| gtin.as_str()).collect();
    let done = sqlx::query_file!(
        "src/store/promotion/save.sql",
        promotion.code,
        promotion.label,
        promotion.category,
        &gtins as &[&str],
        &promotion.store_codes,
        terms.benefit,
        terms.percent_basis_points,
        terms.amount.get(),
        terms.take,
        terms.pay,
        terms.at_least.get(),
        promotion.start,
        promotion.end,
        promotion.hours.from_minute,
        promotion.hours.to_minute,
        i16::from(promotion.hours.weekdays),
        promotion.on_claim,
        promotion.members_only,
        promotion.exclusive,
        promotion.limits.basket,
        promotion.limits.member,
        promotion.limits.total,
        promotion.announcement.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The promotion is given.
    Given,
    /// Nobody is given it any more.
    UsedUp,
    /// This member is not given it any more; others are.
    UsedUpByMember,
}

/// Claims one more basket of a promotion, unless its limits are reached. Whoever else wants the last one
/// waits for the end of this transaction. Claiming twice for one basket is claiming once.
pub async fn claim_use(
    tx: &mut PgConnection,
    promotion_code: &str,
    basket_id: BasketId,
    member_id: Option<MemberId>,
    now: OffsetDateTime,
) -> sqlx::Result<Claimed> {
    let row = sqlx::query_file!(
        "src/store/promotion/claim_use.sql",
        promotion_code,
        basket_id.0,
        member_id.map(|member_id| member_id.0) as Option<Uuid>,
        now,
    )
    .fetch_one(tx)
    .await?;
    Ok(match (row.is_given, row.is_left) {
        (true, _) => Claimed::Given,
        (false, true) => Claimed::UsedUpByMember,
        (false, false) => Claimed::UsedUp,
    })
}

/// Makes whoever else wants to claim a use of a promotion wait for the end of this transaction. A statement of its own, so that
/// the next one sees what the one before it has claimed.
pub async fn lock(tx: &mut PgConnection, promotion_code: &str) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        select promotion_code
        from promotion
        where promotion_code = $1
        for update
        "#,
        promotion_code,
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// Gives back what a basket had claimed of some promotions.
pub async fn release_uses_of(
    tx: &mut PgConnection,
    basket_id: BasketId,
    promotion_codes: &[&str],
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        delete from promotion_use
        where basket_id = $1
          and promotion_code = any($2)
        "#,
        basket_id.0,
        promotion_codes as &[&str],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives back what a basket had claimed.
pub async fn release_uses(tx: &mut PgConnection, basket_id: BasketId) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        delete from promotion_use
        where basket_id = $1
        "#,
        basket_id.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
