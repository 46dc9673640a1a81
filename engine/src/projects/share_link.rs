//! Share links: made, listed, revoked, opened. Whoever has one is a guest, who reads the figures
//! of the link's project and nothing else.

use domain::{
    ProjectId, ShareLinkId,
    accounts::{Action, Actor, Guest},
    projects::{ShareLifetime, ShareLinkName, ShareLinks, SharedView},
};
use uuid::Uuid;

use super::{
    access::{Change, authorize},
    link_store::{self as store, NewRow},
};
use crate::{Engine, Error, Result, accounts};

/// Links of a project at most.
const MOST_LINKS: u32 = 200;

/// What a link is to be.
#[derive(Debug, Clone)]
pub struct NewShareLink {
    pub project: ProjectId,
    /// Read as a [`ShareLinkName`].
    pub name: String,
    pub view: SharedView,
    pub lifetime: ShareLifetime,
}

/// A link that somebody came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLink {
    pub guest: Guest,
    pub view: SharedView,
}

/// Makes a link and tells its token, this once: 256 random bits in base64url. `Invalid` names
/// `name`; `Conflict` where the project has as many links as it may.
pub async fn create_share_link(engine: &Engine, actor: &Actor, new: &NewShareLink) -> Result<String> {
    // Holds the project: two that are made at once are counted.
    let mut change = Change::begin(engine, actor, new.project, Action::ManageShareLinks).await?;
    let maker = actor.user().ok_or(Error::Forbidden)?;
    let name = ShareLinkName::parse(&new.name)?;
    let now = engine.now();
    store::delete_ended(&mut change.tx, new.project, now).await?;
    if store::count(&mut change.tx, new.project, now).await? >= MOST_LINKS {
        return Err(Error::Conflict(format!(
            "The project has {MOST_LINKS} links already. Revoke one that is not needed any more."
        )));
    }
    let token = accounts::draw_token()?;
    let hash = accounts::hash_token(&token).ok_or_else(|| Error::internal("a new token has no hash"))?;
    let row = NewRow {
        project: new.project,
        id: ShareLinkId(Uuid::now_v7()),
        made_by: maker.id,
        hash: &hash,
        name: &name,
        view: &new.view,
        created_at: now,
        expires_at: new.lifetime.duration().map(|duration| now + duration),
    };
    store::insert(&mut change.tx, row).await?;
    // No gate admits by links: there is nobody to tell.
    change.tx.commit().await?;
    Ok(token)
}

/// One page of the project's links, counted from one; the last where there are fewer.
pub async fn share_links(engine: &Engine, actor: &Actor, project: ProjectId, page: u32) -> Result<ShareLinks> {
    authorize(engine, actor, project, Action::ManageShareLinks).await?;
    let (mut conn, now) = (engine.db.acquire().await?, engine.now());
    let mut links = ShareLinks { links: Vec::new(), total: store::count(&mut conn, project, now).await? };
    let skip = (page.clamp(1, links.pages()) - 1) * ShareLinks::A_PAGE;
    links.links = store::links(&mut conn, project, now, skip.into(), ShareLinks::A_PAGE.into()).await?;
    Ok(links)
}

/// Ends a link, from the next request on. `NotFound` where the project has no such link.
pub async fn revoke_share_link(engine: &Engine, actor: &Actor, project: ProjectId, link: ShareLinkId) -> Result<()> {
    authorize(engine, actor, project, Action::ManageShareLinks).await?;
    let was_there = store::delete(&mut *engine.db.acquire().await?, project, link).await?;
    if was_there { Ok(()) } else { Err(Error::NotFound) }
}

/// Who comes by this token, and what the link shows. `NotFound` for whatever opens nothing: what
/// was never made, was revoked or ran out, and what was made by somebody who may not share any
/// more.
pub async fn open_share_link(engine: &Engine, token: &str) -> Result<OpenedLink> {
    let hash = accounts::hash_token(token).ok_or(Error::NotFound)?;
    store::opened(&mut *engine.db.acquire().await?, &hash, engine.now()).await?.ok_or(Error::NotFound)
}
