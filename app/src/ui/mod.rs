//! The kit: parts that every room uses. Nothing here knows a room.

pub mod button;
pub mod card;
pub mod chart;
#[cfg(feature = "ssr")]
pub mod confirm;
pub mod copy;
pub mod dialog;
pub mod field;
pub mod form;
pub mod format;
pub mod icon;
pub mod load;
pub mod rating;
pub mod segments;
pub mod sparkline;
pub mod states;
pub mod table;
pub mod theme;
pub mod time;
pub mod toast;

pub use button::Submit;
pub use card::{Badge, Notice, Panel, Tone};
pub use chart::Chart;
#[cfg(feature = "ssr")]
pub use confirm::Confirm;
pub use copy::{CopyButton, Snippet};
pub use dialog::Dialog;
pub use field::{Field, Select, TextArea};
pub use form::{Flash, FormError, FormState, PostForm, Saved};
pub use icon::Icon;
pub use load::{Load, Question, awaited};
pub use rating::{Delta, RatingChip, SharesBar};
pub use segments::{Segment, Segments};
pub use sparkline::Sparkline;
pub use states::{EmptyState, ErrorState, Skeleton};
pub use table::DataTable;
pub use theme::ThemeToggle;
pub use time::{Moment, Time};
pub use toast::ToastRegion;
