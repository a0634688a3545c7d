//! A browser without scripts: pages, forms, one cookie jar.

use std::{collections::BTreeMap, net::SocketAddr};

use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    pub cookies: BTreeMap<String, String>,
    /// What `Origin` and `Sec-Fetch-Site` say of who sends a form.
    pub site: &'static str,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn of(address: SocketAddr) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { client, address, cookies: BTreeMap::new(), site: "same-origin" }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        Answer::of(self.opened(path).await).await
    }

    /// A page whose end is not waited for.
    pub async fn opened(&mut self, path: &str) -> http::Response<Incoming> {
        self.send(Method::GET, path, String::new()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Answer::of(self.send(Method::POST, path, form).await).await
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> http::Response<Incoming> {
        let own = format!("http://{}", self.address);
        let origin =
            if self.site == "same-origin" { own.clone() } else { "https://elsewhere.example".to_owned() };
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(format!("{own}{path}"))
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", self.site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(Full::from(body))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

impl Answer {
    async fn of(response: http::Response<Incoming>) -> Self {
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub fn location(&self) -> Option<&str> {
        Some(self.headers.get(header::LOCATION)?.to_str().unwrap())
    }

    /// The value of the first hidden field of this name.
    pub fn field(&self, name: &str) -> String {
        let marker = format!("name=\"{name}\" value=\"");
        let start = self.body.find(&marker).expect("the page has the field") + marker.len();
        self.body[start..].split('"').next().unwrap().to_owned()
    }
}
