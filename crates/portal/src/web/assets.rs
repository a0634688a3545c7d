//! Stylesheet and scripts, compiled in; their addresses change with their content, so that browsers may keep them for ever.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 5] = [
    Asset {
        name: "portal.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../assets/portal.css"),
    },
    Asset {
        name: "feed.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/feed.js"),
    },
    Asset {
        name: "live.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/live.js"),
    },
    Asset {
        name: "dashboard.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/dashboard.js"),
    },
    Asset {
        name: "tills.js",
        kind: "text/javascript; charset=utf-8",
        content: include_str!("../../assets/tills.js"),
    },
];

/// The address of an asset, with a fingerprint of its content in it.
pub fn address(name: &str) -> String {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map_or_else(String::new, |asset| format!("/assets/{}", fingerprinted(asset)))
}

/// The asset at an address.
pub fn file(name: &str) -> Response {
    match ASSETS.iter().find(|asset| fingerprinted(asset) == name) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn fingerprinted(asset: &Asset) -> String {
    let mut hasher = DefaultHasher::new();
    asset.content.hash(&mut hasher);
    let (stem, ending) = asset.name.split_once('.').unwrap_or((asset.name, ""));
    format!("{stem}.{:016x}.{ending}", hasher.finish())
}
