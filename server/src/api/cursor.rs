//! Where a list goes on: opaque to clients, a place in the list to us. What is added to a list
//! meanwhile moves no place.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::{PageViewId, ProjectId, rum::PageViewPlace};
use uuid::Uuid;

/// A place that travels.
pub trait Cursor: Sized {
    fn bytes(&self) -> Vec<u8>;
    fn of_bytes(bytes: &[u8]) -> Option<Self>;

    fn written(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    fn parse(text: &str) -> Option<Self> {
        Self::of_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?)
    }
}

/// The year 2200, in microseconds since 1970.
const FAR_AHEAD: i64 = 7_258_118_400_000_000;

/// What is wrong with a cursor that cannot be read.
pub fn words() -> String {
    "Give `next_cursor` of the page before, as it came, or leave it out for the first page.".to_owned()
}

impl Cursor for ProjectId {
    fn bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

impl Cursor for PageViewPlace {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(self.id.0.as_bytes());
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk::<8>()?;
        // Farther away the database knows no time, and there is no page view.
        let micros = i64::from_be_bytes(*at).clamp(0, FAR_AHEAD);
        let at = DateTime::from_timestamp_micros(micros)?;
        Some(Self { at, id: PageViewId(Uuid::from_slice(id).ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_way_to_the_client_and_back() {
        let id = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0007);
        assert_eq!(ProjectId::parse(&ProjectId(id).written()), Some(ProjectId(id)));
        let place = PageViewPlace { at: "2026-11-22T10:00:00.123456Z".parse().unwrap(), id: PageViewId(id) };
        assert_eq!(PageViewPlace::parse(&place.written()), Some(place));
        // As the document says they are.
        assert_eq!((ProjectId(id).written().len(), place.written().len()), (22, 32));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "AAAA", "é", &"A".repeat(10_000), &URL_SAFE_NO_PAD.encode([0x7f; 23])] {
            assert_eq!(PageViewPlace::parse(text), None, "{text}");
            assert_eq!(ProjectId::parse(text), None, "{text}");
        }
    }
}
