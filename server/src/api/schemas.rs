//! What parameters may be, as the document tells it: read from the domain's own lists, so that
//! the document cannot fall behind.

use domain::rum::{Device, Dimension, Granularity, NavigationType, Percentile, Vital};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type},
    },
};

/// Longest text of a filter, in bytes.
pub const FILTER_BYTES: usize = 2_048;

/// A percentile by its number.
pub const fn number(percentile: Percentile) -> u8 {
    match percentile {
        Percentile::P50 => 50,
        Percentile::P75 => 75,
        Percentile::P90 => 90,
        Percentile::P95 => 95,
        Percentile::P99 => 99,
    }
}

pub const GRANULARITIES: [(&str, Granularity); 2] = [("hour", Granularity::Hour), ("day", Granularity::Day)];

macro_rules! parameter {
    ($(#[$doc:meta])* $name:ident, $schema:expr) => {
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $name {}
    };
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

parameter!(
    /// A vital.
    Metric,
    text().enum_values(Some(Vital::ALL.map(Vital::as_str)))
);
parameter!(
    /// A percentile.
    PercentileNumber,
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .enum_values(Some(Percentile::ALL.map(number)))
        .default(Some(number(Percentile::default()).into()))
);
parameter!(
    /// The width of the series' points.
    Width,
    text().enum_values(Some(GRANULARITIES.map(|(word, _)| word)))
);
parameter!(
    /// A property of page views.
    Property,
    text().enum_values(Some(Dimension::ALL.map(Dimension::as_str)))
);
parameter!(
    /// A class of device.
    DeviceClass,
    text().enum_values(Some(Device::ALL.map(Device::as_str)))
);
parameter!(
    /// How the visitor came to the page.
    Navigation,
    text().enum_values(Some(NavigationType::ALL.map(NavigationType::as_str)))
);
parameter!(
    /// Text without control characters.
    Text,
    text().max_length(Some(FILTER_BYTES / 4)).pattern(Some("^[^\\u0000-\\u001F\\u007F-\\u009F]*$"))
);
parameter!(
    /// A time of RFC 3339.
    Moment,
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
);
parameter!(
    /// A place in the list of projects.
    ProjectCursor,
    text().pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"))
);
parameter!(
    /// A place in the list of page views.
    PageViewCursor,
    text().pattern(Some("^[A-Za-z0-9_-]{32}$"))
);
