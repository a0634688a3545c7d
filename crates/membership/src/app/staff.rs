//! Staff: accounts and sessions.

use platform::{Role, Staff};
use uuid::Uuid;

use super::{App, Command};
use crate::{
    domain::{
        code::{StoreCode, SupplierCode},
        id::StaffId,
        password::{Guess, Password},
        session::{self, Refused, SESSION_LIFE, SessionToken, SignedIn, Source},
        staff::{Account, Login, Post, StaffRole},
    },
    error::Error,
    store,
};

/// Creates an account.
///
/// The fingerprint of the command leaves the password out: hashed without salt and stretching, it would be the weakest copy of it.
/// So a repeat is compared with what argon2 kept. The hash is made within the transaction, for the first of many repeats alone.
pub async fn create_staff(
    app: &App,
    command: &Command,
    login: &Login,
    post: &Post,
    password: &Password,
) -> Result<Account, Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if command.claim(&mut tx).await?.is_some() {
        let known = store::staff::by_login(&mut tx, login).await?;
        drop(tx);
        let (account, kept) = known.ok_or(Error::NotFound("account"))?;
        let same = app.passwords.check(Some(&kept), password.guess()).await?;
        return if same { Ok(account) } else { Err(Error::RequestIdReused) };
    }
    let account = Account { staff_id: StaffId(Uuid::now_v7()), login: login.clone(), post: post.clone() };
    let hash = app.passwords.hash(password).await?;
    if !store::staff::insert(&mut tx, &account, &hash, now).await? {
        return Err(Error::LoginTaken);
    }
    tx.commit().await?;
    Ok(account)
}

/// Opens a session.
///
/// The password is checked before the transaction that decides, for it takes long. Only what the decision lets out is told: of
/// any number of guesses from one source at the same time, on any number of replicas, five are answered.
pub async fn sign_in(app: &App, login: &Login, guess: &Guess, source: &Source) -> Result<SignedIn, Error> {
    let known = {
        let mut db = app.db.acquire().await?;
        if store::session::failures(&mut db, login, source).await?.are_too_many() {
            return Err(Refused::TooManyAttempts.into());
        }
        store::staff::by_login(&mut db, login).await?
    };
    let kept = known.as_ref().map(|(_, kept)| kept);
    let right = app.passwords.check(kept, guess).await?;
    let signed_in = known.filter(|_| right).map(|(account, _)| SignedIn {
        token: SessionToken::new(rand::random()),
        account,
        expiry: app.now() + SESSION_LIFE,
    });

    let mut tx = app.db.begin().await?;
    store::session::lock_login(&mut tx, login).await?;
    let failures = store::session::failures(&mut tx, login, source).await?;
    let decided = session::admit(failures, signed_in);
    match &decided {
        Ok(session) => {
            let (token, staff_id) = (session.token.hash(), session.account.staff_id);
            store::session::insert(&mut tx, &token, staff_id, app.now(), session.expiry).await?;
            store::session::forgive(&mut tx, &session.account, source).await?;
        }
        Err(Refused::WrongCredentials) => store::session::insert_failure(&mut tx, login, source).await?,
        Err(Refused::TooManyAttempts) => {}
    }
    tx.commit().await?;
    Ok(decided?)
}

/// Tells whose session it is, and signs it for the other services.
pub async fn get_session(app: &App, token: &SessionToken) -> Result<(Account, String), Error> {
    let mut db = app.db.acquire().await?;
    let account = store::session::find(&mut db, &token.hash(), app.now()).await?.ok_or(Error::SessionOver)?;
    let assertion = app.signer.sign(&staff(&account), app.clock.unscaled());
    Ok((account, assertion))
}

/// Ends a session; one that is over stays so.
pub async fn sign_out(app: &App, command: &Command, token: &SessionToken) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if command.claim(&mut tx).await?.is_none() {
        store::session::delete(&mut tx, &token.hash()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The account as the other services know it.
fn staff(account: &Account) -> Staff {
    Staff {
        staff_id: account.staff_id.0.to_string(),
        role: match account.post.role() {
            StaffRole::Desk => Role::Desk,
            StaffRole::Attendant => Role::Attendant,
            StaffRole::Supplier => Role::Supplier,
            StaffRole::Manager => Role::Manager,
        },
        store_code: account.post.store().map(StoreCode::as_str).unwrap_or_default().to_owned(),
        supplier_code: account.post.supplier().map(SupplierCode::as_str).unwrap_or_default().to_owned(),
    }
}
