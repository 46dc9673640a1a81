//! Looking at a project's site for why no page view comes: fetches a page through the guard,
//! reads it, and keeps what was found until the next look.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{
    Invalid, ProjectId,
    accounts::{Action, Actor},
    projects::{Expected, Finding, Origin, Project, SeenPage, SiteCheck, SiteKey, Unreachable, Whose, findings},
};
use url::Url;

use super::{access, check_store, project, seen_page, store};
use crate::{
    Engine, Error, Result,
    egress::{Fault, Limits},
};

/// A site is looked at this often at most.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(10);

const LIMITS: Limits = Limits { bytes: 1 << 20, redirects: 5, time: Duration::from_secs(8) };
/// For the script, where the site gives it out itself.
const LIMITS_OF_SCRIPT: Limits = Limits { bytes: 1 << 10, redirects: 0, time: Duration::from_secs(4) };

/// Looks at a page of the site: `page`, which must be of an origin on the project's list, or the
/// start page of the first that names a host. `Throttled` when it was looked at a moment ago;
/// `Invalid` names `page`.
pub async fn check_site(engine: &Engine, actor: &Actor, id: ProjectId, page: &str) -> Result<()> {
    access::authorize(engine, actor, id, Action::ManageProjects).await?;
    let project = project::project(engine, actor, id).await?;
    let url = address(&project, page.trim())?;
    let now = engine.now();
    if let Some(last) =
        check_store::claim_site_check(&mut *engine.db.acquire().await?, id, now, now - AGAIN_AFTER).await?
    {
        let wait = (last + AGAIN_AFTER - now).num_seconds().clamp(1, AGAIN_AFTER.num_seconds());
        return Err(Error::Throttled { retry_after_seconds: u32::try_from(wait).unwrap_or(1) });
    }
    // Without a connection of the database: others' servers may take their time.
    let check = match engine.egress.get(&url, LIMITS).await {
        Ok(fetched) => {
            let seen = seen_page::read(&fetched);
            let whose = whose(engine, &project, &seen).await?;
            let served = is_served(engine, &seen).await;
            let expected = Expected { server: &engine.config.public_url, origins: &project.origins, whose, served };
            SiteCheck { at: now, page: short(seen.url.as_str()), findings: findings(&seen, expected) }
        }
        Err(fault) => SiteCheck { at: now, page: short(url.as_str()), findings: vec![unreachable(fault)] },
    };
    check_store::keep_site_check(&mut *engine.db.acquire().await?, id, &check).await
}

/// What the last look found, for members of the project's team.
pub async fn site_check(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Option<SiteCheck>> {
    let team = access::authorize(engine, actor, id, Action::Read).await?;
    if !actor.may(Action::Read, team) {
        return Ok(None);
    }
    check_store::site_check(&mut *engine.db.acquire().await?, id).await
}

fn address(project: &Project, page: &str) -> Result<Url, Invalid> {
    let refused = || {
        Invalid::new("page", "Enter the address of a page of this site, on one of the addresses of the project's list.")
    };
    if page.is_empty() {
        let named = project.origins.iter().find(|origin| !origin.as_str().contains('*')).ok_or_else(refused)?;
        return Url::parse(named.as_str()).map_err(|_| refused());
    }
    let url = Url::parse(page).or_else(|_| Url::parse(&format!("https://{page}"))).map_err(|_| refused())?;
    let of_site = Origin::of(&url).is_some_and(|origin| project.origins.iter().any(|allowed| allowed.allows(&origin)));
    if of_site && page.len() <= 2_048 { Ok(url) } else { Err(refused()) }
}

async fn whose(engine: &Engine, project: &Project, seen: &SeenPage) -> Result<Whose> {
    let Some(Ok(key)) = seen.key(&engine.config.public_url).map(SiteKey::parse) else { return Ok(Whose::Nobody) };
    if project.site_keys.iter().any(|in_use| in_use.key == key) {
        return Ok(Whose::Ours);
    }
    let holder = store::key_holder(&mut *engine.db.acquire().await?, &key).await?;
    Ok(match holder {
        None => Whose::Nobody,
        Some(holder) if holder.project == project.id => Whose::Ended,
        Some(_) => Whose::Others,
    })
}

/// Whether the site's own copy of the script is there. A page in its place is a site's answer to
/// addresses that it does not know.
async fn is_served(engine: &Engine, seen: &SeenPage) -> bool {
    let Some(script) = seen.own_script(&engine.config.public_url) else { return true };
    let answer = engine.egress.get(&script, LIMITS_OF_SCRIPT).await;
    answer.is_ok_and(|answer| answer.status == 200 && !seen_page::is_html(&answer))
}

const fn unreachable(fault: Fault) -> Finding {
    Finding::Unreachable(match fault {
        Fault::NoSuchName => Unreachable::NoSuchName,
        Fault::NotAllowed | Fault::NoWebAddress => Unreachable::NotAllowed,
        Fault::NoConnection => Unreachable::NoConnection,
        Fault::Certificate => Unreachable::Certificate,
        Fault::TooSlow => Unreachable::TooSlow,
        Fault::TooManyRedirects => Unreachable::TooManyRedirects,
        Fault::Broken => Unreachable::Broken,
    })
}

/// An address that a page or a redirect may have made as long as it liked.
fn short(address: &str) -> String {
    address.chars().take(500).collect()
}
