//! Requests to one registry: with whatever shows who we are, again where nothing came of them. It knows nothing of
//! images.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;

use super::Patience;
use super::challenge::{self, Challenge};
use super::fault::{self, Words};
use crate::config::secret::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::live::package::reference::Reference;
use crate::live::port::Login;
use crate::online::endpoint::{body, cause, retry_after};

/// Why nothing came of a try.
pub enum Failure {
    /// It may pass: after so long, where the registry said.
    Passing {
        why: String,
        after: Option<Duration>,
    },
    Final(Error),
}

impl Failure {
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), after: None }
    }
}

pub type Tried<T> = std::result::Result<T, Failure>;

/// A request.
pub struct Ask<'a> {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<&'a [u8]>,
}

impl<'a> Ask<'a> {
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: None }
    }

    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    pub fn body(mut self, bytes: &'a [u8]) -> Self {
        self.body = Some(bytes);
        self
    }
}

/// An answer, whole.
pub struct Answer {
    /// Where it came from.
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    after: Option<Duration>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.trim().to_owned())
    }

    /// The status, and what the registry says of it.
    pub fn told(&self) -> String {
        let words = Words::of(&self.body).text;
        if words.is_empty() {
            format!("HTTP {}", self.status)
        } else {
            format!("HTTP {}: {words}", self.status)
        }
    }
}

/// What a place of tokens answers.
#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

/// See the module's text.
pub struct Session {
    pub base: Url,
    http: Client,
    place: Reference,
    login: Option<Login>,
    /// What the registry let in last: it goes with every request to it.
    authorization: Mutex<Option<HeaderValue>>,
    patience: Patience,
}

impl Session {
    pub fn new(place: &Reference, login: Option<Login>, patience: Patience) -> Result<Self> {
        let base = Url::parse(&place.base_url())
            .map_err(|e| Error::usage(format!("{} is no registry's name", place.registry)).because(e))?;
        // The process has one default for TLS; if there is one already, it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .user_agent(concat!("sentistack/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(limits::HTTP_CONNECT_SECONDS))
            // Digests are of the bytes as they are.
            .gzip(false)
            // Neither images nor logins go where nobody said that they should.
            .redirect(reqwest::redirect::Policy::none());
        if place.is_local() {
            client = client.no_proxy();
        }
        let http =
            client.build().map_err(|e| Error::failed("cannot make an HTTP client").because(cause(&e)))?;
        let authorization = Mutex::default();
        Ok(Self { base, http, place: place.clone(), login, authorization, patience })
    }

    /// Tries until something comes of it, or too often.
    ///
    /// # Errors
    /// What is final, and of kind `Outside` what did not pass.
    pub async fn patiently<T>(&self, what: &str, mut work: impl AsyncFnMut() -> Tried<T>) -> Result<T> {
        let mut tries = 0;
        loop {
            let (why, after) = match work().await {
                Ok(done) => return Ok(done),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { why, after }) => (why, after),
            };
            tries += 1;
            if tries >= self.patience.tries {
                return Err(fault::unanswered(what, tries, &self.hide(&why), &self.place));
            }
            let wait = after.unwrap_or_else(|| self.back_off(tries)).min(self.patience.longest_wait);
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a request, logged in where that is asked for; whatever the registry answers but "log in".
    pub async fn send(&self, ask: Ask<'_>) -> Tried<Answer> {
        let ours = same_origin(&ask.url, &self.base);
        let known = self.known().filter(|_| ours);
        let answer = self.once(self.request(&ask, known)).await?;
        if answer.status != StatusCode::UNAUTHORIZED || !ours {
            return Ok(answer);
        }
        let fresh = self.log_in(&answer).await?;
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        self.once(self.request(&ask, Some(fresh))).await
    }

    /// Whether an image's bytes may go there: encrypted, or on this machine where the registry is.
    pub fn may_send_to(&self, url: &Url) -> bool {
        let on_this_machine = || self.place.is_local() && crate::config::url::is_local(url.as_str());
        url.scheme() == "https" || (url.scheme() == "http" && on_this_machine())
    }

    /// What an answer that is not good means: it may pass, or it is final.
    pub fn failure(&self, answer: &Answer, what: &str) -> Failure {
        let status = answer.status;
        if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
            || matches!(status.as_u16(), 408 | 425 | 429)
        {
            return Failure::Passing { why: answer.told(), after: answer.after };
        }
        let mut words = Words::of(&answer.body);
        words.text = self.hide(&words.text);
        Failure::Final(fault::refused(what, status.as_u16(), &words, &self.place, self.login.is_some()))
    }

    fn request(&self, ask: &Ask<'_>, authorization: Option<HeaderValue>) -> RequestBuilder {
        let bytes = ask.body.map_or(0, <[u8]>::len) as u64;
        let long = limits::HTTP_ANSWER_SECONDS + bytes / limits::REGISTRY_SLOWEST_BYTES;
        let mut request = self
            .http
            .request(ask.method.clone(), ask.url.clone())
            .headers(ask.headers.clone())
            .timeout(Duration::from_secs(long));
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        match ask.body {
            Some(bytes) => request.body(bytes.to_vec()),
            // Some want to be told that nothing comes.
            None if ask.method == Method::POST => request.body(Vec::new()),
            None => request,
        }
    }

    async fn once(&self, request: RequestBuilder) -> Tried<Answer> {
        let response = request.send().await.map_err(|e| Failure::passing(cause(&e)))?;
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        let after = retry_after(&response);
        let whole = body(response, limits::REGISTRY_ANSWER_BYTES);
        let whole = whole.await.map_err(|e| Failure::passing(cause(&e)))?;
        Ok(Answer { url, status, headers, body: whole.unwrap_or_default(), after })
    }

    /// Meets what a 401 asks for; the header that goes with every request from now on.
    async fn log_in(&self, answer: &Answer) -> Tried<HeaderValue> {
        let headers = answer.headers.get_all(WWW_AUTHENTICATE);
        let challenge = challenge::read(headers.iter().filter_map(|value| value.to_str().ok()));
        let challenge = challenge.map_err(|unmet| {
            let error = self.refused_login(answer.status).because(unmet);
            Failure::Final(error)
        })?;
        let request = match (&challenge, &self.login) {
            (Challenge::Basic, Some(Login::Password { user, password })) => {
                return self.basic(user, password);
            }
            (Challenge::Basic, _) => return Err(Failure::Final(self.refused_login(answer.status))),
            (Challenge::Bearer { realm, service }, login) => {
                self.ask_for_token(realm, service.as_deref(), login.as_ref())?
            }
        };
        let got = self.once(request).await?;
        if matches!(got.status.as_u16(), 400 | 401 | 403) {
            let error = self.refused_login(got.status).because(self.hide(&got.told()));
            return Err(Failure::Final(error));
        }
        if !got.status.is_success() {
            return Err(self.failure(&got, "log in"));
        }
        let token: Option<Token> = serde_json::from_slice(&got.body).ok();
        let header = token.and_then(|token| HeaderValue::from_str(&format!("Bearer {}", token.token)).ok());
        let mut header = header.ok_or_else(|| {
            let error = Error::failed(format!("{} gives no token that can be used", self.place.registry));
            Failure::Final(error.hint(fault::login_hint(&self.place)).resource(&self.place))
        })?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// A token to push, and to look at what is there.
    fn ask_for_token(
        &self,
        realm: &str,
        service: Option<&str>,
        login: Option<&Login>,
    ) -> Tried<RequestBuilder> {
        let url = Url::parse(realm).ok().filter(|url| self.may_send_to(url)).ok_or_else(|| {
            let error = self.refused_login(StatusCode::UNAUTHORIZED);
            Failure::Final(error.because("the place that gives its tokens is not to be trusted with one"))
        })?;
        let scope = format!("repository:{}:pull,push", self.place.repository);
        let mut fields = vec![("scope", scope.as_str())];
        fields.extend(service.map(|service| ("service", service)));
        let long = Duration::from_secs(limits::HTTP_ANSWER_SECONDS);
        let request = match login {
            None => self.http.get(url).query(&fields),
            Some(Login::Password { user, password }) => {
                fields.push(("account", user));
                self.http.get(url).query(&fields).basic_auth(user, Some(password.expose()))
            }
            Some(Login::Identity(token)) => {
                fields.extend([
                    ("grant_type", "refresh_token"),
                    ("refresh_token", token.expose()),
                    ("client_id", "sentistack"),
                ]);
                self.http.post(url).form(&fields)
            }
        };
        Ok(request.timeout(long))
    }

    fn refused_login(&self, status: StatusCode) -> Error {
        let refused = match &self.login {
            Some(_) => format!("{} does not accept the login", self.place.registry),
            None => format!("{} wants a login, and none is known", self.place.registry),
        };
        Error::new(ErrorKind::Outside, refused)
            .because(format!("HTTP {status}"))
            .hint(fault::login_hint(&self.place))
            .resource(&self.place)
    }

    /// The header of a name and its password, as the HTTP client writes it.
    fn basic(&self, user: &str, password: &Secret) -> Tried<HeaderValue> {
        let built = self.http.get(self.base.clone()).basic_auth(user, Some(password.expose())).build();
        let header = built.ok().and_then(|mut request| request.headers_mut().remove(AUTHORIZATION));
        header.ok_or_else(|| {
            Failure::Final(Error::failed("the login cannot be written as a header").resource(&self.place))
        })
    }

    fn known(&self) -> Option<HeaderValue> {
        self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a registry says, without the secrets that it was told.
    fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(login) = &self.login {
            text = login.secret().hide_in(&text);
        }
        let known = self.known();
        let value = known.as_ref().and_then(|value| value.to_str().ok());
        match value.and_then(|value| value.split_once(' ')) {
            Some((_, token)) => Secret::new(token).hide_in(&text),
            None => text,
        }
    }

    /// Twice as long each time, spread so that what failed together is not tried again together.
    fn back_off(&self, tries: u32) -> Duration {
        let whole = self.patience.wait.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1).min(16)));
        let spread =
            getrandom::u32().map_or(1.0, |random| 0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0);
        whole.min(self.patience.longest_wait).mul_f64(spread)
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}
