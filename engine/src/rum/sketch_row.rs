//! One row of sketches, as questions read it.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::rum::{Device, EncodedSketch, ViewSketch, Vital, VitalSketch};

use crate::{Error, Result};

/// The page views of one hour or day, key and device.
pub struct SketchRow {
    /// The bucket's start.
    pub at: DateTime<Utc>,
    pub key: Arc<str>,
    pub device: Device,
    pub sketch: RowSketch,
}

/// What they measured. Most rows are added up once and for one vital: they stay bytes until then.
pub enum RowSketch {
    Stored(Bytes),
    Made(Box<ViewSketch>),
}

impl SketchRow {
    /// Adds the row's page views, and of the vitals these.
    pub fn merge_into(&self, sum: &mut ViewSketch, vitals: &[Vital]) -> Result<()> {
        match &self.sketch {
            RowSketch::Stored(bytes) => EncodedSketch::open(bytes)
                .and_then(|sketch| sketch.merge_into(sum, vitals.iter().copied()))
                .map_err(Error::internal),
            RowSketch::Made(sketch) => {
                sum.merge_of(sketch, vitals);
                Ok(())
            }
        }
    }

    /// Adds what the row counts of one vital.
    pub fn merge_vital_into(&self, vital: Vital, sum: &mut VitalSketch) -> Result<()> {
        match &self.sketch {
            RowSketch::Stored(bytes) => EncodedSketch::open(bytes)
                .and_then(|sketch| sketch.merge_vital_into(vital, sum))
                .map_err(Error::internal),
            RowSketch::Made(sketch) => {
                sum.merge(sketch.vital(vital));
                Ok(())
            }
        }
    }

    /// The whole sketch.
    pub fn read(&self) -> Result<Cow<'_, ViewSketch>> {
        match &self.sketch {
            RowSketch::Stored(bytes) => ViewSketch::decode(bytes).map(Cow::Owned).map_err(Error::internal),
            RowSketch::Made(sketch) => Ok(Cow::Borrowed(sketch)),
        }
    }
}

impl RowSketch {
    /// The sketch, to count further page views in.
    pub fn make(&mut self) -> Result<&mut ViewSketch> {
        if let Self::Stored(bytes) = self {
            *self = Self::Made(Box::new(ViewSketch::decode(bytes).map_err(Error::internal)?));
        }
        match self {
            Self::Made(sketch) => Ok(sketch),
            Self::Stored(_) => Err(Error::internal("a sketch that was made is not there")),
        }
    }
}
