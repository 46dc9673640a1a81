//! A beacon as scripts write it, and how it becomes bytes.

use serde::Serialize;

/// The wire format, version 1.
#[derive(Debug, Clone, Serialize)]
pub struct Wire {
    pub v: u8,
    pub key: String,
    pub id: uuid::Uuid,
    pub seq: i32,
    pub url: String,
    pub nav: &'static str,
    pub w: f64,
    pub dev: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conn: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<u8>,
    pub vw: u32,
    pub vh: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rel: Option<&'static str>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub referrer: Option<&'static str>,
    pub vitals: serde_json::Map<String, serde_json::Value>,
    pub attr: Attribution,
    pub metrics: serde_json::Map<String, serde_json::Value>,
    pub tags: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Attribution {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lcp: Option<Lcp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inp: Option<Inp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cls: Option<Cls>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Lcp {
    pub target: &'static str,
    pub url: String,
    pub ttfb: f64,
    pub load_delay: f64,
    pub load_time: f64,
    pub render_delay: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Inp {
    pub target: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub input_delay: f64,
    pub processing: f64,
    pub presentation: f64,
    pub script: String,
    pub function: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct Cls {
    pub target: &'static str,
    pub value: f64,
}

impl Wire {
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("a beacon of names and finite numbers is JSON"))
    }

    pub fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_else(|_| unreachable!("a beacon of names and finite numbers is JSON"))
    }
}
