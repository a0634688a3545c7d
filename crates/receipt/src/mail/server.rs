//! The mail server. Each mail has a connection of its own, driven command by command, so that it is known how far it came.

use std::time::Duration;

use anyhow::Context;
use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use platform::config::Secret;
use tokio::{net::TcpStream, time::timeout};
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};
use url::Url;

use crate::domain::{Phase, Verdict, verdict};

/// Longest time to connect: a server that is away must not hold a place of one that is slow.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest time to say good-bye, when the outcome is known already.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where mails are handed over.
#[derive(Clone)]
pub struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    bound: Duration,
}

#[derive(Clone)]
enum Security {
    Plain,
    /// STARTTLS, or nothing is sent.
    Upgraded(TlsParameters),
    /// TLS from the first byte.
    Wrapped(TlsParameters),
}

/// What became of a mail, and the reason as it may be shown: codes alone, for the server's text may name the addressee.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    pub verdict: Verdict,
    pub outcome: String,
}

/// Why a conversation ended before its end.
enum Broken {
    /// The server refused, or could not be understood.
    Smtp(Error),
    /// The server cannot be reached.
    Away(std::io::ErrorKind),
    /// It is not the server whose certificate we would believe.
    Untrusted,
    /// The server said yes in another way than it must.
    Answered(u16),
    /// The address has letters that this server does not take.
    Letters,
}

impl MailServer {
    /// The server at `url`, whose certificate the `authority` (PEM) has signed, or else a public one; `bound` is the longest time that
    /// one mail may take.
    ///
    /// # Errors
    /// When the URL is not one of a mail server, or would send a password in the clear, or the authority is none.
    pub fn at(
        url: &Url,
        password: Option<Secret>,
        authority: Option<&[u8]>,
        hello: Option<&str>,
        bound: Duration,
    ) -> anyhow::Result<Self> {
        let host = url.host_str().filter(|host| !host.is_empty()).context("the SMTP URL names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = || tls(&host, authority).context("cannot use TLS towards the mail server");
        let wants_tls = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
        let (security, usual_port) = match (url.scheme(), url.query()) {
            ("smtp", None) => (Security::Plain, 25),
            ("smtp", Some(_)) if wants_tls => (Security::Upgraded(tls()?), 587),
            ("smtp+starttls", None) => (Security::Upgraded(tls()?), 587),
            ("smtps", None) => (Security::Wrapped(tls()?), 465),
            _ => anyhow::bail!(
                "an SMTP URL is smtp://…, smtp://…?tls=required, smtp+starttls://… or smtps://…"
            ),
        };
        if let Some(authority) = authority {
            let is_one = String::from_utf8_lossy(authority).contains("-----BEGIN CERTIFICATE-----");
            anyhow::ensure!(is_one, "there is no certificate in the file of the mail server's authority");
            anyhow::ensure!(
                !matches!(security, Security::Plain),
                "an authority is named for a mail server without TLS: use smtp+starttls:// or smtps://"
            );
        }
        let credentials = credentials(url, password)?;
        if credentials.is_some() && matches!(security, Security::Plain) {
            anyhow::bail!(
                "the password of the mail server would be sent in the clear: use smtp+starttls:// or smtps://"
            );
        }
        let hello = hello.map_or_else(ClientId::default, |name| ClientId::Domain(name.to_owned()));
        Ok(Self { port: url.port().unwrap_or(usual_port), host, security, credentials, hello, bound })
    }

    /// The longest time that [`send`](Self::send) takes.
    pub fn bound(&self) -> Duration {
        self.bound
    }

    /// Hands a mail over. When the time is over the connection is dropped with it: it is never used for anything else.
    ///
    /// The client library writes every command to the log when it is asked to, addressee included; so it talks under no subscriber.
    pub async fn send(&self, message: &Message) -> Report {
        let mut phase = Phase::Hello;
        let talk = self.talk(message, &mut phase).with_subscriber(NoSubscriber::default());
        let ended = timeout(self.bound, talk).await;
        let (code, outcome) = match ended {
            Ok(Ok(reply)) => (Some(reply), reply.to_string()),
            Ok(Err(broken)) => broken.told(phase),
            Err(_) => (None, format!("no reply in time at {}", phase.word())),
        };
        Report { verdict: verdict(phase, code), outcome }
    }

    /// From the first byte to the reply to the last dot, whose code it returns.
    async fn talk(&self, message: &Message, phase: &mut Phase) -> Result<u16, Broken> {
        let mut connection = self.connect().await?;
        let said = self.hand_over(&mut connection, message, phase).await;
        // The outcome does not wait for a good-bye, and a failed good-bye changes nothing.
        tokio::spawn(
            timeout(FAREWELL, async move { connection.abort().await })
                .with_subscriber(NoSubscriber::default()),
        );
        said
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Broken> {
        let address = (self.host.as_str(), self.port);
        if let Security::Wrapped(tls) = &self.security {
            let tls = Some(tls.clone());
            return Ok(
                AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, tls, None).await?
            );
        }
        let stream = match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Broken::Away(error.kind())),
            Err(_) => return Err(Broken::Away(std::io::ErrorKind::TimedOut)),
        };
        // The library's own socket waits 40 ms for each small packet.
        stream.set_nodelay(true).map_err(|error| Broken::Away(error.kind()))?;
        let mut connection =
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await?;
        if let Security::Upgraded(tls) = &self.security {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &Message,
        phase: &mut Phase,
    ) -> Result<u16, Broken> {
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        let envelope = message.envelope();
        let mut options = Vec::new();
        let addresses = envelope.to().iter().chain(envelope.from());
        if addresses.map(AsRef::<str>::as_ref).any(|address| !address.is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Broken::Letters);
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        *phase = Phase::Sender;
        connection.command(Mail::new(envelope.from().cloned(), options)).await?;
        *phase = Phase::Recipient;
        for recipient in envelope.to() {
            connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
        }
        *phase = Phase::Data;
        let go_on = connection.command(Data).await?;
        if !go_on.has_code(354) {
            return Err(Broken::Answered(code(go_on.code())));
        }
        let bytes = message.formatted();
        *phase = Phase::Content;
        let reply = connection.message(&bytes).await?;
        Ok(code(reply.code()))
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        if is_about_the_certificate(&error) { Self::Untrusted } else { Self::Smtp(error) }
    }
}

impl Broken {
    /// The code to judge by, and what may be shown.
    fn told(&self, phase: Phase) -> (Option<u16>, String) {
        let at = phase.word();
        match self {
            Self::Smtp(error) => match error.status().map(code) {
                Some(code) => {
                    let enhanced = enhanced_code(error).map(|text| format!(" {text}")).unwrap_or_default();
                    (Some(code), format!("{code}{enhanced} at {at}"))
                }
                None if error.is_tls() => (None, format!("TLS failed at {at}")),
                None if error.is_client() => (None, format!("the server lacks what is needed at {at}")),
                None => (None, format!("no reply at {at}")),
            },
            Self::Away(kind) => (None, format!("the mail server is away: {kind}")),
            Self::Untrusted => (None, "the mail server's certificate is not to be trusted".to_owned()),
            Self::Answered(code) => (Some(*code), format!("{code} at {at}")),
            Self::Letters => (Some(553), "the server does not take the letters of the address".to_owned()),
        }
    }
}

fn tls(host: &str, authority: Option<&[u8]>) -> Result<TlsParameters, Error> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(authority) = authority {
        // Whoever names its own authority believes no other.
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(authority)?);
    }
    parameters.build_rustls()
}

/// The library calls it a lost connection, which would send an operator to the wrong place.
fn is_about_the_certificate(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        let cause = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if cause.and_then(|cause| cause.downcast_ref()).is_some_and(is_refused_certificate) {
            return true;
        }
        next = error.source();
    }
    false
}

fn is_refused_certificate(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(_))
}

/// The three digits of a reply.
fn code(code: lettre::transport::smtp::response::Code) -> u16 {
    code.into()
}

/// The code of RFC 3463, such as `5.1.1`, with which a server may begin its text. The text itself is never shown.
fn enhanced_code(error: &Error) -> Option<String> {
    let text = std::error::Error::source(error)?.to_string();
    let word = text.split_ascii_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let is_number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(is_number)).then(|| word.to_owned())
}

fn credentials(url: &Url, password: Option<Secret>) -> anyhow::Result<Option<Credentials>> {
    let decoded = |text: &str| decoded(text).context("the SMTP URL cannot be read");
    let in_url = url.password().map(decoded).transpose()?;
    let password = password.map(|secret| secret.expose().to_owned()).or(in_url);
    match (url.username(), password) {
        ("", None) => Ok(None),
        ("", Some(_)) => anyhow::bail!("the mail server's password needs a user in the SMTP URL"),
        (_, None) => anyhow::bail!("the mail server's user needs a password"),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, password))),
    }
}

/// What `%40` and the like stand for. In a form a plus is a blank; in the user of a URL it is a plus.
fn decoded(text: &str) -> Option<String> {
    let form = format!("text={}", text.replace('+', "%2B").replace('&', "%26"));
    let (_, value) = url::form_urlencoded::parse(form.as_bytes()).next()?;
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str, password: Option<&str>) -> anyhow::Result<MailServer> {
        MailServer::at(&url.parse()?, password.map(Secret::new), None, None, Duration::from_secs(1))
    }

    #[test]
    fn a_url_says_where_and_how_safely() {
        for (url, port, security) in [
            ("smtp://127.0.0.1:1025", 1025, "plain"),
            ("smtp://mail.example", 25, "plain"),
            ("smtp://mail.example?tls=required", 587, "upgraded"),
            ("smtp+starttls://shop%40example:p%2Bw@mail.example:2525", 2525, "upgraded"),
            ("smtps://shop:word@[::1]", 465, "wrapped"),
        ] {
            let server = at(url, None).unwrap();
            let found = match server.security {
                Security::Plain => "plain",
                Security::Upgraded(_) => "upgraded",
                Security::Wrapped(_) => "wrapped",
            };
            assert_eq!((server.port, found), (port, security), "{url}");
        }
        assert_eq!(at("smtps://[::1]", None).unwrap().host, "::1");
    }

    #[test]
    fn a_url_that_is_unsafe_or_unclear_is_refused() {
        for url in [
            "https://mail.example",
            "smtp:",
            "smtp://mail.example?tls=opportunistic",
            "smtp://shop:word@mail.example",
            "smtps://shop@mail.example",
        ] {
            assert!(at(url, None).is_err(), "{url}");
        }
        assert!(at("smtps://mail.example", Some("word")).is_err());
        assert!(at("smtps://shop@mail.example", Some("word")).is_ok());
    }

    #[test]
    fn an_authority_that_is_none_or_would_not_be_asked_is_refused() {
        let at = |url: &str, authority: &[u8]| {
            MailServer::at(&url.parse().unwrap(), None, Some(authority), None, Duration::from_secs(1))
        };
        assert!(at("smtps://mail.example", b"ok").is_err());
        let folder = tempfile::tempdir().unwrap();
        platform::pki::create(folder.path(), &[]).unwrap();
        let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
        assert!(at("smtps://mail.example", &authority).is_ok());
        assert!(at("smtp://mail.example", &authority).is_err());
    }

    #[test]
    fn users_are_written_as_urls_write_them() {
        assert_eq!(decoded("shop%40example.org").as_deref(), Some("shop@example.org"));
        assert_eq!(decoded("a+b&c=d%2B").as_deref(), Some("a+b&c=d+"));
    }
}
