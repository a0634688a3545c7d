//! The time zones of the stores, so that people read the time on their own wall.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use proto::checkout::v1::ListStoresRequest;

use crate::app::App;

/// As many stores as checkout tells at once.
const MOST_STORES: i32 = 1000;

/// Time zones by store code; clones share what was learnt.
#[derive(Clone, Default)]
pub struct Places(Arc<RwLock<HashMap<String, String>>>);

impl Places {
    fn known(&self, store_code: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(store_code).cloned()
    }
}

/// The zone of a store. While checkout cannot be asked it is empty, and times are shown in UTC and say so.
pub async fn zone(app: &App, store_code: &str) -> String {
    if let Some(zone) = app.places.known(store_code) {
        return zone;
    }
    let request = ListStoresRequest { page_size: MOST_STORES, page_token: String::new() };
    match app.checkout(store_code).catalogue.list_stores(request).await {
        Ok(answer) => {
            let stores = answer.into_inner().stores;
            let zones = stores.into_iter().map(|store| (store.store_code, store.time_zone));
            app.places.0.write().unwrap_or_else(PoisonError::into_inner).extend(zones);
        }
        Err(status) => tracing::warn!(code = ?status.code(), "time zones of stores are not known yet"),
    }
    app.places.known(store_code).unwrap_or_default()
}
