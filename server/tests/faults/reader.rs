//! Somebody who looks at a dashboard, and a program that asks the API: whatever happened, all of it loads.

use std::time::{Duration, Instant};

use bench::subject::{OWNER, PASSWORD, Project, Subject};
use domain::rum::Vital;
use reqwest::{Client, StatusCode, header};
use serde_json::Value;

use crate::Result;

pub struct Reader {
    client: Client,
    base: String,
    session: String,
    key: String,
}

impl Reader {
    pub async fn sign_in(subject: &Subject) -> Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .build()?;
        let base = format!("http://{}", subject.address());
        let form = [("email", OWNER), ("password", PASSWORD)];
        let request = client.post(format!("{base}/api/ui/accounts/sign-in")).header("sec-fetch-site", "same-origin");
        let answer = request.header(header::ACCEPT, "application/json").form(&form).send().await?;
        let cookie = answer.headers().get_all(header::SET_COOKIE).iter().find_map(|line| {
            line.to_str().ok()?.split(';').next().filter(|pair| pair.starts_with("perfally=")).map(str::to_owned)
        });
        let session = cookie.ok_or_else(|| format!("no session came with {}", answer.status()))?;
        Ok(Self { client, base, session, key: subject.add_api_key()? })
    }

    /// A page as this person sees it, and how long it took.
    pub async fn page(&self, path: &str) -> Result<(StatusCode, String, Duration)> {
        let began = Instant::now();
        let request = self.client.get(format!("{}{path}", self.base)).header(header::COOKIE, &self.session);
        let answer = request.header(header::ACCEPT, "text/html").header("sec-fetch-site", "none").send().await?;
        Ok((answer.status(), answer.text().await?, began.elapsed()))
    }

    /// Makes a project by the form of our own page. `false`: not acknowledged, but put off, as where the database is slow;
    /// it may be made all the same.
    pub async fn create_project(&self, name: &str) -> Result<bool> {
        let request = self.client.post(format!("{}/api/ui/projects/create", self.base));
        let request = request.header(header::COOKIE, &self.session).header("sec-fetch-site", "same-origin");
        let form = [("name", name), ("origin", "https://made.example")];
        let answer = request.header(header::ACCEPT, "text/html").form(&form).send().await?;
        let leads_to = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
        if answer.status().is_redirection() && leads_to.ends_with("/install") {
            Ok(true)
        } else if answer.status() == StatusCode::SERVICE_UNAVAILABLE
            && answer.headers().contains_key(header::RETRY_AFTER)
        {
            Ok(false)
        } else {
            Err(format!("making {name} was answered {} and leads to {leads_to:?}", answer.status()).into())
        }
    }

    /// Somebody signs up, and a letter is to go to them.
    pub async fn sign_up(&self, email: &str) -> Result<()> {
        let request = self.client.post(format!("{}/api/ui/accounts/sign-up", self.base));
        let request = request.header("sec-fetch-site", "same-origin").header(header::ACCEPT, "application/json");
        let answer = request.form(&[("name", "Ada"), ("email", email), ("password", PASSWORD)]).send().await?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("{email}: {}", answer.status()).into()) }
    }

    /// The bytes of a request for a page.
    pub fn request(&self, path: &str) -> Vec<u8> {
        format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\naccept: text/html\r\nsec-fetch-site: none\r\n\r\n",
            self.session
        )
        .into_bytes()
    }

    /// The bytes of a form of our own pages.
    pub fn form(&self, path: &str, form: &str) -> Vec<u8> {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncookie: {}\r\naccept: text/html\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.session,
            form.len()
        )
        .into_bytes()
    }

    /// What the API answers.
    pub async fn ask(&self, path: &str) -> Result<Value> {
        let answer = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.key).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if status != StatusCode::OK {
            return Err(format!("{path} was answered {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Every page and operation about a project.
    pub async fn everything_loads(&self, project: &Project) -> Result<()> {
        let id = project.id;
        for page in ["", "/pages", "/health", "/fix", "/changes", "/live", "/install", "/settings"] {
            let path = format!("/projects/{id}{page}");
            let (status, text, _) = self.page(&path).await?;
            if status != StatusCode::OK || !text.contains("</html>") || text.contains("Something went wrong") {
                return Err(format!("{path} was answered {status}: {text}").into());
            }
        }
        for vital in Vital::ALL {
            let told =
                self.ask(&format!("/v1/projects/{id}/vitals?metric={}&group_by=release", vital.as_str())).await?;
            let is_told = |figure: &Value| figure.is_null() || figure.as_f64().is_some_and(f64::is_finite);
            if !is_told(&told["value"]) || !told["count"].is_u64() {
                return Err(format!("{vital:?}: {told}").into());
            }
        }
        let health = self.ask(&format!("/v1/projects/{id}/health")).await?;
        let views = self.ask(&format!("/v1/projects/{id}/pageviews")).await?;
        if !health.is_object() || views["data"].as_array().is_none_or(Vec::is_empty) {
            return Err(format!("{health} and {views}").into());
        }
        Ok(())
    }
}
