//! API keys, site keys, and origins as teams write them.
#![no_main]

use domain::{
    integrations::ApiKey,
    projects::{AllowedOrigin, Origin, SiteKey},
};
use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|text: &str| {
    if let Ok(key) = ApiKey::parse(text) {
        assert_eq!(key.expose(), text);
        assert_eq!(key.expose().len(), 44);
        assert!(key.expose().starts_with(key.mode().prefix()));
        let _ = key.hint();
    }
    if let Ok(key) = SiteKey::parse(text) {
        assert_eq!(SiteKey::parse(key.as_str()), Ok(key));
    }
    if let Ok(allowed) = AllowedOrigin::parse(text) {
        assert_eq!(AllowedOrigin::parse(allowed.as_str()).as_ref(), Ok(&allowed));
        if let Some(origin) = Url::parse(text).ok().and_then(|url| Origin::of(&url)) {
            assert!(allowed.allows(&origin), "{text:?} does not allow itself");
        }
    }
});
