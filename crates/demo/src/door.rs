//! A small HTTP client, as a browser without JavaScript would be: pages, forms, one cookie jar.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::Context;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// What a page answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Where it sends the reader.
    pub location: Option<String>,
    /// The body, as text.
    pub body: String,
}

/// A visitor of one address.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// The page that the visitor comes from, when it is another site's.
    led_by: Option<String>,
}

impl Visitor {
    /// A visitor without cookies.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, address, cookies: BTreeMap::new(), led_by: None }
    }

    /// The same visitor, sent by a page of another site.
    #[must_use]
    pub fn led_by(mut self, origin: &str) -> Self {
        self.led_by = Some(origin.to_owned());
        self
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, String::new()).await
    }

    /// Opens a page and presses the button of its only form.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn press(&mut self, path: &str) -> anyhow::Result<Answer> {
        let page = self.get(path).await?;
        let request_id = page.value_of("name=\"request_id\"").unwrap_or_default();
        self.post(path, &[("request_id", &request_id)]).await
    }

    /// Opens something that is answered in JSON.
    ///
    /// # Errors
    /// When nobody answers, or not in JSON.
    pub async fn get_json(&mut self, path: &str) -> anyhow::Result<(StatusCode, Value)> {
        let answer = self.get(path).await?;
        let value = serde_json::from_str(&answer.body)
            .with_context(|| format!("{path} answered {} and no JSON", answer.status))?;
        Ok((answer.status, value))
    }

    /// Signs in at the portal.
    ///
    /// # Errors
    /// When the portal refuses.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> anyhow::Result<()> {
        let form = self.get("/sign-in").await?;
        let request_id = form.value_of("name=\"request_id\"").unwrap_or_default();
        let fields = [("request_id", request_id.as_str()), ("login", login), ("password", password)];
        let answer = self.post("/sign-in", &fields).await?;
        anyhow::ensure!(answer.status.is_redirection(), "{login} cannot sign in: {}", answer.status);
        Ok(())
    }

    /// Opens a page and looks at its status alone; for feeds, which never end.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn head_of(&mut self, path: &str) -> anyhow::Result<StatusCode> {
        Ok(self.request(Method::GET, path, None, String::new()).await?.status())
    }

    /// Opens a feed (`text/event-stream`) and stays in it.
    ///
    /// # Errors
    /// When nobody answers, or with something else.
    pub async fn follow(&mut self, path: &str) -> anyhow::Result<Feed> {
        let response = self.request(Method::GET, path, None, String::new()).await?;
        anyhow::ensure!(response.status() == StatusCode::OK, "{path} answered {}", response.status());
        Ok(Feed { body: response.into_body(), unread: Vec::new() })
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), form).await
    }

    /// Sends JSON and reads JSON; the status tells whether it was taken.
    ///
    /// # Errors
    /// When nobody answers, or not in JSON.
    pub async fn post_json(&mut self, path: &str, body: &Value) -> anyhow::Result<(StatusCode, Value)> {
        let answer = self.send(Method::POST, path, Some("application/json"), body.to_string()).await?;
        let value = serde_json::from_str(&answer.body)
            .with_context(|| format!("{path} answered {} and no JSON: {}", answer.status, answer.body))?;
        Ok((answer.status, value))
    }

    /// Sends any text as a body of this media type.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn post_text(&mut self, path: &str, media_type: &str, text: &str) -> anyhow::Result<Answer> {
        self.send(Method::POST, path, Some(media_type), text.to_owned()).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: String,
    ) -> anyhow::Result<Answer> {
        let (parts, body) = self.request(method, path, content_type, body).await?.into_parts();
        let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        Ok(Answer {
            status: parts.status,
            location: location.map(ToOwned::to_owned),
            body: String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned(),
        })
    }

    async fn request(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: String,
    ) -> anyhow::Result<http::Response<hyper::body::Incoming>> {
        let origin = format!("http://{}", self.address);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{origin}{path}"))
            .header(header::ACCEPT_LANGUAGE, "fr")
            .header(header::ORIGIN, self.led_by.as_ref().unwrap_or(&origin))
            .header("sec-fetch-site", if self.led_by.is_some() { "cross-site" } else { "same-origin" });
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = self
            .client
            .request(request.body(Full::from(body))?)
            .await
            .with_context(|| format!("nobody answers at {origin}{path}"))?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// A feed that is being read.
#[derive(Debug)]
pub struct Feed {
    body: hyper::body::Incoming,
    unread: Vec<u8>,
}

impl Feed {
    /// The lines of the next event as it was sent, without the comments that keep the connection alive; `None` when the feed has
    /// ended.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.unread.drain(..end + 2).collect();
                let event = String::from_utf8_lossy(&event).trim_end().to_owned();
                if event.lines().any(|line| line.starts_with("data:")) {
                    return Ok(Some(event));
                }
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(piece) = frame?.into_data() {
                        self.unread.extend_from_slice(&piece);
                    }
                }
            }
        }
    }
}

impl Answer {
    /// The value of the input or data element that carries `marker`, such as `name="request_id"`.
    #[must_use]
    pub fn value_of(&self, marker: &str) -> Option<String> {
        let at = self.body.find(marker)?;
        let start = self.body[..at].rfind('<')?;
        let end = start + self.body[start..].find('>')?;
        let element = &self.body[start..end];
        let value = element.split("value=\"").nth(1)?.split('"').next()?;
        Some(value.to_owned())
    }

    /// Where the first form goes.
    #[must_use]
    pub fn form(&self) -> Option<String> {
        Some(self.body.split("action=\"").nth(1)?.split('"').next()?.to_owned())
    }

    /// The names of all inputs that begin with `prefix`, each once, in order.
    #[must_use]
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in self.body.split("name=\"").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            if name.starts_with(prefix) && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_are_read_as_a_browser_would() {
        let answer = Answer {
            status: StatusCode::OK,
            location: None,
            body: r#"<form><input value="42" type="hidden" name="request_id"><input name="rating.1" value="1">
                <input name="rating.1" value="2"><input name="rating.7" value="1"><data id="revenue" value="1234">"#
                .to_owned(),
        };
        assert_eq!(answer.value_of("name=\"request_id\"").as_deref(), Some("42"));
        assert_eq!(answer.value_of("id=\"revenue\"").as_deref(), Some("1234"));
        assert_eq!(answer.names("rating."), ["rating.1", "rating.7"]);
    }
}
