//! Every verb, asked by every kind of caller.

use std::pin::Pin;

use domain::{
    ProjectId,
    accounts::{Action, Actor, Role},
    projects::{Grace, Project},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{SHOP, as_member, current_key, shop};
use crate::{
    Engine, Error, Result,
    fakes::{World, team_of},
    projects,
};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;
type Verb = for<'a> fn(&'a Engine, &'a Actor, &'a Project) -> Answer<'a>;

/// What each verb needs.
const VERBS: [(&str, Action, Verb); 11] = [
    ("authorize", Action::Read, |engine, actor, project| {
        Box::pin(async { projects::authorize(engine, actor, project.id, Action::Read).await.map(drop) })
    }),
    ("project", Action::Read, |engine, actor, project| {
        Box::pin(async { projects::project(engine, actor, project.id).await.map(drop) })
    }),
    ("templates", Action::Read, |engine, actor, project| {
        Box::pin(async { projects::templates(engine, actor, project.id).await.map(drop) })
    }),
    ("create_project", Action::ManageProjects, |engine, actor, project| {
        Box::pin(async { projects::create_project(engine, actor, project.team, "Another", SHOP).await.map(drop) })
    }),
    ("rename_project", Action::ManageProjects, |engine, actor, project| {
        Box::pin(projects::rename_project(engine, actor, project.id, "New"))
    }),
    ("set_origins", Action::ManageProjects, |engine, actor, project| {
        Box::pin(projects::set_origins(engine, actor, project.id, vec!["https://new.example".into()]))
    }),
    ("rotate_site_key", Action::ManageProjects, |engine, actor, project| {
        Box::pin(async { projects::rotate_site_key(engine, actor, project.id, Grace::None).await.map(drop) })
    }),
    ("revoke_site_key", Action::ManageProjects, |engine, actor, project| {
        Box::pin(async {
            // The one before the current.
            projects::revoke_site_key(engine, actor, project.id, current_key(project)).await
        })
    }),
    ("set_templates", Action::ManageProjects, |engine, actor, project| {
        Box::pin(projects::set_templates(engine, actor, project.id, vec!["/product/*".into()]))
    }),
    ("authorize to delete", Action::DeleteProject, |engine, actor, project| {
        Box::pin(async { projects::authorize(engine, actor, project.id, Action::DeleteProject).await.map(drop) })
    }),
    ("delete_project", Action::DeleteProject, |engine, actor, project| {
        Box::pin(projects::delete_project(engine, actor, project.id, &project.name))
    }),
];

/// A project whose first key is in its grace, so that it may be revoked.
async fn rotated_shop(engine: &Engine, owner: &Actor) -> Project {
    let project = shop(engine, owner).await;
    projects::rotate_site_key(engine, &Actor::System, project.id, Grace::Day).await.unwrap();
    project
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn each_caller_may_do_what_the_role_says_and_nothing_else(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let role = |role| as_member(&eve, &ada, role);
    //  caller, refusal of Read, of ManageProjects, of DeleteProject
    let callers = [
        ("nobody", Actor::Nobody, ["sign in first"; 3]),
        ("another team's owner", eve.clone(), ["not found"; 3]),
        ("a viewer", role(Role::Viewer), ["", "not allowed", "not allowed"]),
        ("a member", role(Role::Member), ["", "", "not allowed"]),
        ("an admin", role(Role::Admin), [""; 3]),
        ("the owner", ada.clone(), [""; 3]),
        ("a job", Actor::System, [""; 3]),
    ];
    for (verb, needs, ask) in VERBS {
        for (caller, actor, [read, manage, delete]) in &callers {
            let project = rotated_shop(engine, &ada).await;
            let before = projects::project(engine, &Actor::System, project.id).await.unwrap();
            let expected = match needs {
                Action::Read => read,
                Action::ManageProjects => manage,
                _ => delete,
            };
            let answer = ask(engine, actor, &project).await;
            let refusal = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
            assert_eq!(&refusal, expected, "{verb} by {caller}");
            if answer.is_err() {
                let after = projects::project(engine, &Actor::System, project.id).await.unwrap();
                assert_eq!(after, before, "{verb} by {caller} was refused and changed nothing");
            }
        }
    }
    world.run_due().await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_not_ones_own_cannot_be_told_from_what_is_not_there(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    for (verb, _, ask) in VERBS {
        for actor in [&Actor::Nobody, &eve] {
            let theirs = rotated_shop(engine, &ada).await;
            let mut invented = theirs.clone();
            invented.id = ProjectId(Uuid::now_v7());
            invented.team = Uuid::now_v7().into();
            let deleted = rotated_shop(engine, &ada).await;
            projects::delete_project(engine, &ada, deleted.id, "Shop").await.unwrap();
            let mut answers = Vec::new();
            for project in [&theirs, &invented] {
                answers.push(format!("{:?}", ask(engine, actor, project).await.unwrap_err()));
            }
            if verb != "create_project" {
                answers.push(format!("{:?}", ask(engine, actor, &deleted).await.unwrap_err()));
            }
            answers.dedup();
            assert_eq!(answers.len(), 1, "{verb}: {answers:?}");
        }
    }
    world.run_due().await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_list_holds_the_projects_of_ones_own_teams(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let (first, second) = (shop(engine, &ada).await, shop(engine, &eve).await);
    projects::rename_project(engine, &ada, first.id, "zebra").await.unwrap();
    let names = |list: Vec<Project>| list.into_iter().map(|project| (project.name, project.id)).collect::<Vec<_>>();
    let list = async |actor: &Actor| projects::projects(engine, actor).await.map(names);

    assert_eq!(list(&ada).await.unwrap(), [("zebra".to_owned(), first.id)]);
    assert_eq!(list(&eve).await.unwrap(), [("Shop".to_owned(), second.id)]);
    let both = [("Shop".to_owned(), second.id), ("zebra".to_owned(), first.id)];
    assert_eq!(list(&as_member(&eve, &ada, Role::Viewer)).await.unwrap(), both);
    assert_eq!(list(&Actor::System).await.unwrap(), both);
    assert!(matches!(list(&Actor::Nobody).await, Err(Error::Unauthenticated)));
    let listed = projects::projects(engine, &eve).await.unwrap().remove(0);
    assert_eq!(listed, projects::project(engine, &eve, second.id).await.unwrap(), "the list tells what the page tells");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn anybody_may_look_at_the_demo_and_change_nothing(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let eve = world.user("eve@example.com").await;
    assert_eq!(projects::demo_project(engine).await.unwrap(), None);
    let made = projects::ensure_demo_project(engine).await.unwrap();
    let demo = projects::demo_project(engine).await.unwrap().unwrap();
    assert_eq!(demo, made);
    assert!(demo.public && demo.site_keys.len() == 1);

    for (actor, refusal) in [(&Actor::Nobody, "sign in first"), (&eve, "not allowed")] {
        let seen = projects::project(engine, actor, demo.id).await.unwrap();
        assert_eq!(seen, Project { site_keys: vec![], ..demo.clone() }, "without the keys");
        for (verb, needs, ask) in VERBS {
            let expected = match (needs, verb) {
                (Action::Read, _) => "",
                // The house team itself is nobody's to see.
                (_, "create_project") if *actor == eve => "not found",
                _ => refusal,
            };
            let answer = ask(engine, actor, &demo).await.err().map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(answer, expected, "{verb}");
        }
        assert!(projects::projects(engine, &eve).await.unwrap().is_empty(), "it is in nobody's list");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn perfallys_own_project_is_made_once_and_follows_its_address(pool: PgPool) {
    let world = World::new(pool.clone());
    let (first, second) = tokio::join!(
        projects::ensure_internal_project(&world.engine),
        projects::ensure_internal_project(&world.engine)
    );
    let internal = first.unwrap();
    assert_eq!(internal, second.unwrap(), "two replicas that start together");
    assert_eq!(internal.origins[0].as_str(), "https://perfally.example");
    let eve = world.user("eve@example.com").await;
    for actor in [Actor::Nobody, eve] {
        assert!(projects::project(&world.engine, &actor, internal.id).await.is_err());
    }

    let moved = World::with(pool, &[("PUBLIC_URL", "https://speed.example:8443")]);
    let again = projects::ensure_internal_project(&moved.engine).await.unwrap();
    assert_eq!((again.id, again.origins[0].as_str()), (internal.id, "https://speed.example:8443"));
    let key = current_key(&again);
    let site = moved.engine.site_keys.admit(key).await.unwrap().unwrap();
    assert_eq!(site.origins, again.origins);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_operator_adds_projects_within_the_owners_plan(pool: PgPool) {
    let world = World::new(pool);
    let engine = &world.engine;
    let ada = world.user("ada@example.com").await;
    for actor in [&ada, &Actor::Nobody] {
        assert!(projects::add_project(engine, actor, "ada@example.com", "Shop", SHOP).await.is_err());
    }
    let added = projects::add_project(engine, &Actor::System, "ada@example.com", "Shop", "shop.example").await.unwrap();
    assert_eq!(added.team, team_of(&ada));
    let more = projects::add_project(engine, &Actor::System, "ada@example.com", "Shop", SHOP).await;
    assert!(matches!(more, Err(Error::OverQuota(_))), "{more:?}");
    let unknown = projects::add_project(engine, &Actor::System, "eve@example.com", "Shop", SHOP).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}
