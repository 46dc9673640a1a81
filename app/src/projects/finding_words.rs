//! What a look at a site found, in words: what is wrong, and what to do.

use domain::projects::{Finding, Unreachable};

use crate::ui::{Tone, format};

/// One finding as it is shown.
pub struct Words {
    pub tone: Tone,
    pub title: String,
    pub todo: String,
}

/// `server` is this server's public address.
pub fn words(finding: &Finding, server: &str) -> Words {
    let (tone, title, todo) = match finding {
        Finding::Unreachable(why) => (Tone::Warning, unreachable(*why).to_owned(), unreachable_todo(*why).to_owned()),
        Finding::Status(status) => (
            Tone::Warning,
            format!("The page answered {status}"),
            match status {
                401 | 403 | 407 | 429 => "The site turned PerfAlly away, as it may turn away programs. Visitors may still be measured: open a page with ?perfally_debug.".to_owned(),
                _ => "Look at a page that visitors can open.".to_owned(),
            },
        ),
        Finding::NotHtml => (
            Tone::Warning,
            "The address is no HTML page".to_owned(),
            "Look at a page of the site instead of a file.".to_owned(),
        ),
        Finding::NoTag { tag_manager: false } => (
            Tone::Error,
            "There is no tag in the page".to_owned(),
            "Paste it as shown below, then publish the site. If it is there already, a cache may still give out the old page.".to_owned(),
        ),
        Finding::NoTag { tag_manager: true } => (
            Tone::Warning,
            "There is no tag in the page, but a tag manager".to_owned(),
            "If the tag is in the tag manager, its container must be published, and its trigger must fire on this page.".to_owned(),
        ),
        Finding::InsertedByScript => (
            Tone::Info,
            "A script of the page makes the tag".to_owned(),
            "Whether it does so cannot be seen from here. Open the page with ?perfally_debug and look at the console.".to_owned(),
        ),
        Finding::NotRun { because_of } => (
            Tone::Error,
            format!("Browsers do not run the tag: {because_of}"),
            "A consent manager or an optimiser holds the script back. Give consent on the site, or make an exception for it there: PerfAlly sets no cookies.".to_owned(),
        ),
        Finding::NoKey => (
            Tone::Error,
            "The tag has no data-key".to_owned(),
            "Paste the whole tag as shown below. Tag managers drop attributes: use the snippet that is made for them.".to_owned(),
        ),
        Finding::UnknownKey { key } => (
            Tone::Error,
            format!("The tag's key is of no project: {key}"),
            "Copy the tag below anew.".to_owned(),
        ),
        Finding::EndedKey { key } => (
            Tone::Error,
            format!("The tag carries a key that has ended: {key}"),
            "A new key took its place. Copy the tag below anew.".to_owned(),
        ),
        Finding::OtherProjectsKey { key } => (
            Tone::Error,
            format!("The tag's key is another project's: {key}"),
            "Page views go there. Copy the tag below, or open that project.".to_owned(),
        ),
        Finding::OtherHost { script } => (
            Tone::Error,
            format!("The script comes from {script}"),
            format!("It should come from {server} or from the site itself, or its beacons go elsewhere."),
        ),
        Finding::ScriptNotServed { script } => (
            Tone::Error,
            format!("The site does not give out the script at {script}"),
            "Its proxy does not forward that path yet. See the recipes below, and reload the proxy.".to_owned(),
        ),
        Finding::OtherEndpoint { endpoint } => (
            Tone::Error,
            format!("Beacons are sent to {endpoint}"),
            "Take data-endpoint away, or let it name a path of the site that is forwarded to this server.".to_owned(),
        ),
        Finding::Insecure => (
            Tone::Error,
            "The page is https and the script is http".to_owned(),
            "Browsers block that. Load the script over https: this server needs a certificate, and PUBLIC_URL its https address.".to_owned(),
        ),
        Finding::IntegrityOfMovingScript => (
            Tone::Error,
            "The tag has an integrity hash for a script that changes".to_owned(),
            "Use the tag with a fixed version, or take integrity away.".to_owned(),
        ),
        Finding::IntegrityWithoutCors => (
            Tone::Error,
            "The tag has integrity without crossorigin".to_owned(),
            "Browsers then refuse the script. Add crossorigin=\"anonymous\".".to_owned(),
        ),
        Finding::PolicyForbidsScript { directive } => (
            Tone::Error,
            format!("The page's Content Security Policy forbids the script: {directive}"),
            format!("Add {server} to {}.", list_for(directive, "script-src")),
        ),
        Finding::PolicyForbidsBeacons { directive } => (
            Tone::Error,
            format!("The page's Content Security Policy forbids its reports: {directive}"),
            format!("Add {server} to {}.", list_for(directive, "connect-src")),
        ),
        Finding::OriginNotAllowed { origin } => (
            Tone::Error,
            format!("The page is at {origin}, which is not on the project's list"),
            "Add that address to the list, or its page views are refused.".to_owned(),
        ),
        Finding::SampledOut => (
            Tone::Error,
            "The tag measures nobody: data-sample=\"0\"".to_owned(),
            "Take data-sample away, or give it a share above 0.".to_owned(),
        ),
        Finding::Paused => (
            Tone::Warning,
            "The page calls perfally('pause')".to_owned(),
            "Nothing is sent until it calls perfally('resume'): give consent on the site, or look at where it resumes.".to_owned(),
        ),
        Finding::Sampled { share } => (
            Tone::Info,
            format!("The tag measures {} of page loads", format::share(*share)),
            "The first may take some more loads. With ?perfally_debug, the page you open is always measured.".to_owned(),
        ),
        Finding::RespectsSignals => (
            Tone::Info,
            "The tag leaves out who asks not to be measured".to_owned(),
            "If your own browser sends Global Privacy Control or Do Not Track, your visit does not count.".to_owned(),
        ),
        Finding::TagIsRight => (
            Tone::Good,
            "The tag is on the page, and nothing there stands in its way".to_owned(),
            "Open the page in a browser without a content blocker, then leave it: the report is sent when a page is left.".to_owned(),
        ),
    };
    Words { tone, title, todo }
}

/// The list to add to: a policy's default is not for adding to.
fn list_for(directive: &str, own: &str) -> String {
    if directive == "default-src" {
        format!("{own}, and begin that with what default-src allows")
    } else {
        directive.to_owned()
    }
}

const fn unreachable(why: Unreachable) -> &'static str {
    match why {
        Unreachable::NoSuchName => "The site's name has no address",
        Unreachable::NotAllowed => "This server may not look at that address",
        Unreachable::NoConnection => "The site cannot be reached",
        Unreachable::Certificate => "The site's certificate is not trusted",
        Unreachable::TooSlow => "The site did not answer in time",
        Unreachable::TooManyRedirects => "The site redirects in circles",
        Unreachable::Broken => "The site's answer cannot be read",
    }
}

const fn unreachable_todo(why: Unreachable) -> &'static str {
    match why {
        Unreachable::NoSuchName => "Check the address, or wait until its DNS is known.",
        Unreachable::NotAllowed => {
            "It is not on the public Internet. Visitors can be measured there all the same; for the look, an operator lists it in PERFALLY_EGRESS_ALLOW."
        }
        Unreachable::NoConnection => "Nothing listens there. Is the site up, and open to the Internet?",
        Unreachable::Certificate => "Browsers will not trust it either. Renew it, or send the whole chain.",
        Unreachable::TooSlow => "It took more than 8 seconds. Try again, or look at another page.",
        Unreachable::TooManyRedirects => "Look at the address where they should end.",
        Unreachable::Broken => "It broke off or is no HTTP. Try again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_s_default_is_not_added_to() {
        let said = |directive: &str| {
            words(&Finding::PolicyForbidsScript { directive: directive.into() }, "https://perfally.example").todo
        };
        assert_eq!(said("script-src-elem"), "Add https://perfally.example to script-src-elem.");
        assert_eq!(
            said("default-src"),
            "Add https://perfally.example to script-src, and begin that with what default-src allows."
        );
    }
}
