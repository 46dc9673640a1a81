//! From a name to its addresses. Asked once a hop, by us, so that what is judged is what is used.

use std::net::IpAddr;

#[derive(Debug, Clone)]
pub(super) enum Resolver {
    /// The operating system's.
    System,
    /// Answers of a test, by name: one a question, the last for ever.
    #[cfg(test)]
    Told(std::sync::Arc<std::sync::Mutex<std::collections::HashMap<String, Vec<Vec<IpAddr>>>>>),
}

impl Resolver {
    /// Every address of the name; none where there is no such name.
    pub async fn resolve(&self, name: &str) -> Vec<IpAddr> {
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((name, 0)).await;
                found.map(|addresses| addresses.map(|address| address.ip()).collect()).unwrap_or_default()
            }
            #[cfg(test)]
            Self::Told(answers) => {
                let mut answers = answers.lock().expect("answers");
                let Some(left) = answers.get_mut(name) else { return Vec::new() };
                if left.len() > 1 { left.remove(0) } else { left.first().cloned().unwrap_or_default() }
            }
        }
    }
}
