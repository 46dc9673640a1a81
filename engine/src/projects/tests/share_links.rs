//! Share links: who makes them, what they open, and how they end.

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::{Actor, Role},
    projects::{ShareLifetime, ShareLinks, SharedRoom, SharedView},
};
use sqlx::{PgPool, Row};

use super::{as_member, owner_of_a_shop, shop};
use crate::{
    Engine, Error,
    fakes::{World, team_of},
    projects::{self, NewShareLink},
};

fn new_link(project: ProjectId, lifetime: ShareLifetime) -> NewShareLink {
    let view = SharedView::new(SharedRoom::Fix, "period=7d&device=mobile").unwrap();
    NewShareLink { project, name: "Acme".to_owned(), view, lifetime }
}

async fn link(engine: &Engine, actor: &Actor, project: ProjectId) -> String {
    projects::create_share_link(engine, actor, &new_link(project, ShareLifetime::Unlimited)).await.unwrap()
}

async fn opens(engine: &Engine, token: &str) -> bool {
    match projects::open_share_link(engine, token).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error}"),
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_link_shows_its_view_until_it_is_revoked(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    let token = link(engine, &ada, shared.id).await;
    let opened = projects::open_share_link(engine, &token).await.unwrap();
    assert_eq!(opened.guest.project, shared.id);
    assert_eq!(opened.view, new_link(shared.id, ShareLifetime::Week).view);

    let listed = projects::share_links(engine, &ada, shared.id, 1).await.unwrap();
    assert_eq!((listed.total, listed.links[0].id, listed.links[0].is_open), (1, opened.guest.link, true));
    // A link is of its project: by another's id it is not there.
    let other = shop(engine, &ada).await;
    let elsewhere = projects::revoke_share_link(engine, &ada, other.id, opened.guest.link).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
    assert!(opens(engine, &token).await);

    projects::revoke_share_link(engine, &ada, shared.id, opened.guest.link).await.unwrap();
    assert!(!opens(engine, &token).await);
    let again = projects::revoke_share_link(engine, &ada, shared.id, opened.guest.link).await;
    assert!(matches!(again, Err(Error::NotFound)));
    for never in ["", "x", &"A".repeat(43), &token[1..], &"A".repeat(10_000)] {
        assert!(!opens(engine, never).await, "{never}");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_stored_of_a_link_opens_nothing(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    let (one, other) = (link(engine, &ada, shared.id).await, link(engine, &ada, shared.id).await);
    assert_ne!(one, other);
    assert_eq!(one.len(), 43, "256 bits in base64url");
    let rows =
        sqlx::query("select to_jsonb(share_links)::text as row, encode(token_hash, 'hex') as hash from share_links")
            .fetch_all(&engine.db)
            .await
            .unwrap();
    for row in rows {
        let (all, hash): (String, String) = (row.get("row"), row.get("hash"));
        assert!(!all.contains(&one) && !all.contains(&other), "{all}");
        assert!(!opens(engine, &hash).await);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_link_ends_with_its_time_its_project_and_its_makers_right_to_share(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    let eve = world.user("eve@example.com").await;
    let team = team_of(&ada);
    let set_role = async |role: Option<&str>| {
        let user = eve.user().unwrap().id;
        sqlx::query("delete from members where team_id = $1 and user_id = $2")
            .bind(team.0)
            .bind(user.0)
            .execute(&engine.db)
            .await
            .unwrap();
        if let Some(role) = role {
            sqlx::query("insert into members (team_id, user_id, role, created_at) values ($1, $2, $3, $4)")
                .bind(team.0)
                .bind(user.0)
                .bind(role)
                .bind(engine.now())
                .execute(&engine.db)
                .await
                .unwrap();
        }
    };

    set_role(Some("member")).await;
    let token = link(engine, &as_member(&eve, &ada, Role::Member), shared.id).await;
    assert!(opens(engine, &token).await);
    for role in [Some("viewer"), None] {
        set_role(role).await;
        assert!(!opens(engine, &token).await, "made by {role:?}");
        let listed = projects::share_links(engine, &ada, shared.id, 1).await.unwrap();
        assert!(!listed.links[0].is_open, "made by {role:?}");
    }

    let week = projects::create_share_link(engine, &ada, &new_link(shared.id, ShareLifetime::Week)).await.unwrap();
    world.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    assert!(opens(engine, &week).await);
    world.advance(TimeDelta::seconds(1));
    assert!(!opens(engine, &week).await);
    assert_eq!(projects::share_links(engine, &ada, shared.id, 1).await.unwrap().total, 1, "Eve's alone is left");

    let last = link(engine, &ada, shared.id).await;
    projects::delete_project(engine, &ada, shared.id, "Shop").await.unwrap();
    assert!(!opens(engine, &last).await);
    world.run_due().await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn links_are_listed_fifty_a_page_and_have_a_bound(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    for nr in 0..200 {
        let new = NewShareLink { name: format!("nr {nr}"), ..new_link(shared.id, ShareLifetime::Week) };
        projects::create_share_link(engine, &ada, &new).await.unwrap();
    }
    let one_more = projects::create_share_link(engine, &ada, &new_link(shared.id, ShareLifetime::Week)).await;
    assert!(matches!(one_more, Err(Error::Conflict(_))), "{one_more:?}");
    let page = async |nr| projects::share_links(engine, &ada, shared.id, nr).await.unwrap();
    let names = |links: &ShareLinks| (links.links[0].name.clone(), links.links.len());
    assert_eq!(names(&page(1).await), ("nr 199".to_owned(), 50));
    assert_eq!(names(&page(4).await), ("nr 49".to_owned(), 50));
    assert_eq!(names(&page(0).await), names(&page(1).await));
    assert_eq!(names(&page(99).await), names(&page(4).await), "beyond the last stands the last");
    // What ran out makes room.
    world.advance(TimeDelta::days(8));
    link(engine, &ada, shared.id).await;
    assert_eq!(page(1).await.total, 1);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn only_who_may_share_makes_sees_and_revokes_links(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    let eve = world.user("eve@example.com").await;
    let token = link(engine, &ada, shared.id).await;
    let id = projects::open_share_link(engine, &token).await.unwrap().guest.link;
    let callers = [
        (Actor::Nobody, "sign in first"),
        (eve.clone(), "not found"),
        (as_member(&eve, &ada, Role::Viewer), "not allowed"),
    ];
    for (actor, refusal) in &callers {
        let answers = [
            projects::create_share_link(engine, actor, &new_link(shared.id, ShareLifetime::Week)).await.map(drop),
            projects::share_links(engine, actor, shared.id, 1).await.map(drop),
            projects::revoke_share_link(engine, actor, shared.id, id).await,
        ];
        for answer in answers {
            assert_eq!(&answer.unwrap_err().to_string(), refusal);
        }
    }
    assert!(opens(engine, &token).await);
    // A job has no name to stand for a link.
    let by_nobody =
        projects::create_share_link(engine, &Actor::System, &new_link(shared.id, ShareLifetime::Week)).await;
    assert!(matches!(by_nobody, Err(Error::Forbidden)));
    let nameless = NewShareLink { name: " ".to_owned(), ..new_link(shared.id, ShareLifetime::Week) };
    let refused = projects::create_share_link(engine, &ada, &nameless).await;
    assert!(matches!(refused, Err(Error::Invalid(invalid)) if invalid.field == "name"));
}
