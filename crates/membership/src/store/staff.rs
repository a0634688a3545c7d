//! Accounts.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::{
    code::{StoreCode, SupplierCode},
    id::StaffId,
    password::PasswordHash,
    staff::{Account, Login, Post, StaffRole},
};

/// An account as its row has it.
pub(super) struct Row {
    pub(super) staff_id: uuid::Uuid,
    pub(super) login: String,
    pub(super) role: String,
    pub(super) store_code: Option<String>,
    pub(super) supplier_code: Option<String>,
}

/// Adds an account, and says whether its sign-in name was free.
pub async fn insert(
    tx: &mut PgConnection,
    account: &Account,
    password: &PasswordHash,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        insert into staff (staff_id, login, role, store_code, supplier_code, password_hash, created_time)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint staff_login_uk do nothing
        "#,
        account.staff_id.0,
        account.login.as_str(),
        account.post.role().word(),
        account.post.store().map(StoreCode::as_str),
        account.post.supplier().map(SupplierCode::as_str),
        password.expose(),
        now,
    )
    .execute(tx)
    .await?
    .rows_affected();
    Ok(inserted == 1)
}

/// The account of a sign-in name, with what its password is checked against.
pub async fn by_login(
    db: &mut PgConnection,
    login: &Login,
) -> Result<Option<(Account, PasswordHash)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select staff_id, login, role, store_code, supplier_code, password_hash
        from staff
        where login = $1
        "#,
        login.as_str(),
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let password = PasswordHash::new(row.password_hash);
    let row = Row {
        staff_id: row.staff_id,
        login: row.login,
        role: row.role,
        store_code: row.store_code,
        supplier_code: row.supplier_code,
    };
    Ok(Some((row.account()?, password)))
}

impl Row {
    /// The account of the row.
    pub(super) fn account(self) -> Result<Account, sqlx::Error> {
        let role = StaffRole::parse(&self.role).ok_or_else(|| sqlx::Error::Decode("no such role".into()))?;
        let (store, supplier) = (self.store_code.unwrap_or_default(), self.supplier_code.unwrap_or_default());
        Ok(Account {
            staff_id: StaffId(self.staff_id),
            login: Login::parse(&self.login).map_err(super::corrupt)?,
            post: Post::new(role, &store, &supplier).map_err(super::corrupt)?,
        })
    }
}
