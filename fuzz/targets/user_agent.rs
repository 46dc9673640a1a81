//! The header `User-Agent`: a browser, a system and a class of visitor, of bounded length.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use engine::rum::Describer;
use libfuzzer_sys::fuzz_target;

static DESCRIBER: LazyLock<Describer> = LazyLock::new(|| {
    let assets = std::env::var_os("PERFALLY_ASSETS").map_or_else(|| "target/assets".into(), PathBuf::from);
    assert!(assets.join("user-agents.yaml").is_file(), "PERFALLY_ASSETS names no folder of tables");
    Describer::open(&assets).expect("the tables")
});

fuzz_target!(|text: &str| {
    let agent = DESCRIBER.agent(text);
    assert!(agent.browser.len() <= 1_024 && agent.os.len() <= 1_024);
    assert_eq!(agent.bot == domain::rum::Bot::Human, agent.bot_reason.is_empty());
    assert_eq!(*DESCRIBER.agent(text), *agent, "remembered as it was read");
});
