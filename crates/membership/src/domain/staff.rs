//! Who may sign in, and as what.

use thiserror::Error;

use super::{
    code::{StoreCode, SupplierCode},
    id::StaffId,
    text::Flaw,
};

/// A sign-in name, `[a-z0-9.-]{3,40}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login(String);

/// What a person does, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Post {
    /// Registers members, issues cards, pays refunds out.
    Desk(StoreCode),
    /// Watches the tills and reads reviews of the store.
    Attendant(StoreCode),
    /// Sees the reviews of its own products, and nothing else.
    Supplier(SupplierCode),
    /// Sees the figures and the reviews.
    Manager(StoreCode),
}

/// The word for a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffRole {
    /// Of the welcome desk.
    Desk,
    /// Of the tills.
    Attendant,
    /// Of a supplier.
    Supplier,
    /// Of the management.
    Manager,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub staff_id: StaffId,
    /// Sign-in name.
    pub login: Login,
    /// What it may do, and where.
    pub post: Post,
}

/// Why a role and its codes do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPost {
    /// The code of the store is at fault.
    #[error("store_code {0}")]
    Store(Flaw),
    /// The code of the supplier is at fault.
    #[error("supplier_code {0}")]
    Supplier(Flaw),
}

impl Login {
    /// Reads a sign-in name.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let fits = (3..=40).contains(&text.len())
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-'
            });
        if fits { Ok(Self(text.to_owned())) } else { Err(Flaw::NotALogin) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl StaffRole {
    /// The role by its word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "desk" => Some(Self::Desk),
            "attendant" => Some(Self::Attendant),
            "supplier" => Some(Self::Supplier),
            "manager" => Some(Self::Manager),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Attendant => "attendant",
            Self::Supplier => "supplier",
            Self::Manager => "manager",
        }
    }
}

impl Post {
    /// Puts a role where it belongs: a supplier's person to the supplier and no store, everybody else to a store and no supplier.
    ///
    /// # Errors
    /// When a code is malformed, missing, or there without need.
    pub fn new(role: StaffRole, store: &str, supplier: &str) -> Result<Self, BadPost> {
        let (needless, flaw) = match role {
            StaffRole::Supplier => (store, BadPost::Store(Flaw::Needless)),
            StaffRole::Desk | StaffRole::Attendant | StaffRole::Manager => {
                (supplier, BadPost::Supplier(Flaw::Needless))
            }
        };
        if !needless.is_empty() {
            return Err(flaw);
        }
        let store = || StoreCode::parse(store).map_err(BadPost::Store);
        Ok(match role {
            StaffRole::Desk => Self::Desk(store()?),
            StaffRole::Attendant => Self::Attendant(store()?),
            StaffRole::Manager => Self::Manager(store()?),
            StaffRole::Supplier => Self::Supplier(SupplierCode::parse(supplier).map_err(BadPost::Supplier)?),
        })
    }

    /// The word for what the person does.
    pub fn role(&self) -> StaffRole {
        match self {
            Self::Desk(_) => StaffRole::Desk,
            Self::Attendant(_) => StaffRole::Attendant,
            Self::Supplier(_) => StaffRole::Supplier,
            Self::Manager(_) => StaffRole::Manager,
        }
    }

    /// The store, unless it is a supplier's person.
    pub fn store(&self) -> Option<&StoreCode> {
        match self {
            Self::Desk(store) | Self::Attendant(store) | Self::Manager(store) => Some(store),
            Self::Supplier(_) => None,
        }
    }

    /// The supplier, if it is a supplier's person.
    pub fn supplier(&self) -> Option<&SupplierCode> {
        match self {
            Self::Supplier(supplier) => Some(supplier),
            Self::Desk(_) | Self::Attendant(_) | Self::Manager(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_small_letters_digits_dots_and_hyphens() {
        for login in ["abc", "camille.d-1", &"a".repeat(40)] {
            assert!(Login::parse(login).is_ok(), "{login}");
        }
        for wrong in ["", "ab", "Camille", "camille d", "camille@shop", "élise", &"a".repeat(41)] {
            assert_eq!(Login::parse(wrong), Err(Flaw::NotALogin), "{wrong:?}");
        }
    }

    #[test]
    fn a_supplier_has_no_store_and_everybody_else_no_supplier() {
        for role in [StaffRole::Desk, StaffRole::Attendant, StaffRole::Manager] {
            let post = Post::new(role, "LILLE", "").unwrap();
            assert_eq!((post.role(), post.store().unwrap().as_str(), post.supplier()), (role, "LILLE", None));
            assert_eq!(Post::new(role, "", ""), Err(BadPost::Store(Flaw::NotACode)));
            assert_eq!(Post::new(role, "LILLE", "FERME"), Err(BadPost::Supplier(Flaw::Needless)));
        }
        let post = Post::new(StaffRole::Supplier, "", "FERME").unwrap();
        assert_eq!(
            (post.role(), post.store(), post.supplier().unwrap().as_str()),
            (StaffRole::Supplier, None, "FERME")
        );
        assert_eq!(Post::new(StaffRole::Supplier, "LILLE", "FERME"), Err(BadPost::Store(Flaw::Needless)));
        assert_eq!(Post::new(StaffRole::Supplier, "", ""), Err(BadPost::Supplier(Flaw::NotACode)));
    }

    #[test]
    fn every_role_has_its_word() {
        for role in [StaffRole::Desk, StaffRole::Attendant, StaffRole::Supplier, StaffRole::Manager] {
            assert_eq!(StaffRole::parse(role.word()), Some(role));
        }
        assert_eq!(StaffRole::parse("operator"), None);
    }
}
