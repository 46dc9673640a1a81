//! Page views in PostgreSQL's binary COPY format.
//!
//! The order of the columns is that of [`COLUMNS`]; [`encode`] must follow it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::page_view::Row;
use domain::rum::Vital;

/// The columns, in the order of [`encode`].
pub const COLUMNS: &str = "project_id, id, at, updated_at, seq, weight, sample_factor, other_keys, \
    url_origin, path, page_group, navigation_type, device, browser, os, country, connection, release, referrer, \
    viewport_width, viewport_height, device_memory, bot, bot_reason, \
    lcp, inp, cls, fcp, ttfb, fid, \
    lcp_target, lcp_url, lcp_ttfb, lcp_load_delay, lcp_load_time, lcp_render_delay, \
    inp_target, inp_type, inp_input_delay, inp_processing, inp_presentation, inp_script, inp_function, \
    cls_target, cls_value, metrics, tags";

const COLUMN_COUNT: i16 = 47;

/// Seconds from 1970 to 2000, where PostgreSQL's time begins.
const POSTGRES_EPOCH: i64 = 946_684_800;

/// The whole stream: header, rows, trailer.
pub fn encode<'a>(rows: impl Iterator<Item = Row<'a>>) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(64 * 1024));
    out.0.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
    out.0.extend_from_slice(&[0; 8]); // no flags, no header extension
    for row in rows {
        out.row(&row);
    }
    out.0.extend_from_slice(&(-1i16).to_be_bytes());
    out.0
}

struct Writer(Vec<u8>);

impl Writer {
    fn row(&mut self, row: &Row<'_>) {
        let view = row.view;
        let beacon = &view.beacon;
        let why = &beacon.attribution;
        self.0.extend_from_slice(&COLUMN_COUNT.to_be_bytes());
        self.uuid(view.project.0);
        self.uuid(beacon.id.0);
        self.time(row.at);
        self.time(view.at);
        self.integer(beacon.seq);
        self.integer(row.weight().thousandths());
        self.small(row.sample_factor as i16);
        self.small(row.other_keys as i16);
        for text in [
            beacon.url_origin.as_str(),
            &beacon.path,
            &view.page_group,
            beacon.navigation_type.as_str(),
            view.device.as_str(),
            &view.browser,
            &view.os,
            &view.country,
            &beacon.connection,
            &beacon.release,
            &beacon.referrer,
        ] {
            self.text(text);
        }
        self.optional(beacon.viewport, |out, (width, _)| out.integer(width));
        self.optional(beacon.viewport, |out, (_, height)| out.integer(height));
        self.optional(beacon.device_memory, |out, gib| out.field(&gib.to_be_bytes()));
        self.text(view.bot.as_str());
        self.text(&view.bot_reason);
        for vital in Vital::ALL {
            self.optional(view.vital(vital), Self::double);
        }
        self.optional_text(why.lcp_target.as_deref());
        self.optional_text(why.lcp_url.as_deref());
        for part in [why.lcp_ttfb, why.lcp_load_delay, why.lcp_load_time, why.lcp_render_delay] {
            self.optional(part, Self::double);
        }
        self.optional_text(why.inp_target.as_deref());
        self.optional_text(why.inp_type.as_deref());
        for phase in [why.inp_input_delay, why.inp_processing, why.inp_presentation] {
            self.optional(phase, Self::double);
        }
        self.optional_text(why.inp_script.as_deref());
        self.optional_text(why.inp_function.as_deref());
        self.optional_text(why.cls_target.as_deref());
        self.optional(why.cls_value, Self::double);
        self.json(&beacon.metrics);
        self.json(&beacon.tags);
    }

    fn field(&mut self, bytes: &[u8]) {
        // A field is at most a few KiB: all texts were cut to size when they were read.
        self.0.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn null(&mut self) {
        self.0.extend_from_slice(&(-1i32).to_be_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    fn uuid(&mut self, id: Uuid) {
        self.field(id.as_bytes());
    }

    fn time(&mut self, at: DateTime<Utc>) {
        self.field(&(at.timestamp_micros() - POSTGRES_EPOCH * 1_000_000).to_be_bytes());
    }

    fn integer(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    fn small(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    fn double(&mut self, value: f64) {
        self.field(&value.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.field(text.as_bytes());
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.optional(text, Self::text);
    }

    /// An object, or null where it has no members.
    fn json<V: serde::Serialize>(&mut self, members: &std::collections::BTreeMap<String, V>) {
        if members.is_empty() {
            return self.null();
        }
        match serde_json::to_vec(members) {
            Ok(json) => {
                self.0.extend_from_slice(&(json.len() as i32 + 1).to_be_bytes());
                self.0.push(1); // the version of jsonb's binary form
                self.0.extend_from_slice(&json);
            }
            Err(_) => self.null(),
        }
    }
}
