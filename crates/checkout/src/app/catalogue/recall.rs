//! Goods that must not be sold any more, and who bought them.

use barcode::Gtin;
use money::Quantity;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::app::catalogue::change::{Command, finish, is_repeat};
use crate::app::catalogue::read::{Page, Scope, page};
use crate::domain::catalogue::{Catalogue, Recall, RecallId};
use crate::domain::id::{MemberId, SaleId};
use crate::error::Error;
use crate::store::{catalogue as store, recall};

/// So much of recalled goods was bought in a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallSale {
    /// The sale.
    pub sale_id: SaleId,
    /// Who bought it, if a card was shown.
    pub member_id: Option<MemberId>,
    /// Where.
    pub store_code: String,
    /// When.
    pub completed_time: OffsetDateTime,
    /// How much of it.
    pub quantity: Quantity,
    /// The batch that its code said; empty when it said none.
    pub batch: String,
}

/// Stops the sale of goods at every till, or ends that. What is recalled never changes under one id: who is warned depends on it. Goods
/// that are stopped already stay stopped by the recall that does it, so that ending it once lets them be sold again.
#[tracing::instrument(skip_all, fields(recall_id = %wanted.recall_id.0))]
pub async fn put_recall(app: &App, command: &Command, wanted: Recall) -> Result<Recall, Error> {
    let wanted = Recall { gtin: recalled(&app.catalogue.current(), &wanted.gtin)?, ..wanted };
    let mut tx = app.db.begin().await?;
    let is_repeat = is_repeat(&mut tx, command).await?;
    if !is_repeat {
        store::lock(&mut tx).await?;
    }
    let all = recall::all(&mut tx).await?;
    let known = all.iter().find(|known| known.recall_id == wanted.recall_id);
    if is_repeat {
        let same = all.iter().find(|known| known.is_of_the_same_goods(&wanted));
        return known.or(same).cloned().ok_or(Error::NotFound("recall"));
    }
    if let Some(known) = known
        && !(known.is_of_the_same_goods(&wanted) && known.start == wanted.start)
    {
        return Err(Error::field("recall.recall_id", "it recalls other goods, or since another instant"));
    }
    if known.is_none()
        && let Some(already) = all.iter().find(|known| known.includes(&wanted))
    {
        finish(app, tx, false).await?;
        return Ok(already.clone());
    }
    let changed = recall::save(&mut tx, &wanted).await?;
    finish(app, tx, changed).await?;
    Ok(wanted)
}

/// The product that a code recalls. That of a case recalls what is in it, and the label of one piece all pieces; a number that nothing
/// bears would recall nothing, and nobody would notice.
fn recalled(catalogue: &Catalogue, code: &Gtin) -> Result<Gtin, Error> {
    if let Some((product, _)) = catalogue.product_of_code(code) {
        return Ok(product.gtin);
    }
    let labelled: Vec<Gtin> = catalogue.products_of_label(code).into_iter().collect();
    match labelled[..] {
        [gtin] => Ok(gtin),
        [] => Err(Error::field("recall.gtin", "no product bears this number")),
        [one, other, ..] => {
            let problem = format!("the stores read this label in different ways: recall {one} or {other}");
            Err(Error::field("recall.gtin", problem))
        }
    }
}

/// The recalls after this one, newest first.
#[tracing::instrument(skip_all)]
pub async fn list_recalls(app: &App, after: Uuid, page_size: usize) -> Result<Page<Recall>, Error> {
    let mut connection = app.db.acquire().await?;
    let all = recall::all(&mut connection).await?;
    let place = all.iter().position(|recall| recall.recall_id.0 == after).map_or(0, |place| place + 1);
    Ok(page(all.into_iter().skip(place), page_size))
}

/// The sales of the scope after this one in which recalled goods were bought, and where the next page begins. Goods whose code said no
/// batch may be of the recalled one, and are among them.
#[tracing::instrument(skip_all)]
pub async fn list_recall_sales(
    scope: Scope<'_>,
    app: &App,
    recall_id: Uuid,
    after: Uuid,
    page_size: usize,
) -> Result<(Vec<RecallSale>, Option<Uuid>), Error> {
    let mut connection = app.db.acquire().await?;
    let recall =
        recall::find(&mut connection, RecallId(recall_id)).await?.ok_or(Error::NotFound("recall"))?;
    let most = i64::try_from(page_size).unwrap_or(i64::MAX - 1) + 1;
    let bought = recall::bought(&mut connection, &recall.gtin, after, most).await?;
    let page = page(bought.into_iter(), page_size);
    let next = page.items.last().filter(|_| page.has_more).map(|bought| bought.sale_id.0);
    let in_scope = |bought: &recall::Bought| match scope {
        Scope::Everything => true,
        Scope::Only(store_code) => bought.ticket.shop.code == store_code,
    };
    let sales = page.items.into_iter().filter(in_scope).flat_map(|bought| of_sale(&recall, bought)).collect();
    Ok((sales, next))
}

fn of_sale(recall: &Recall, bought: recall::Bought) -> Vec<RecallSale> {
    let recall::Bought { sale_id, completed_time, ticket, member_id } = bought;
    let is_meant = |batch: &str| recall.batch.is_empty() || batch.is_empty() || batch == recall.batch;
    let store_code = ticket.shop.code;
    let lines = ticket.lines.into_iter().filter(|line| line.gtin == recall.gtin && is_meant(&line.batch));
    lines
        .map(|line| RecallSale {
            sale_id,
            member_id,
            store_code: store_code.clone(),
            completed_time,
            quantity: line.quantity,
            batch: line.batch,
        })
        .collect()
}
