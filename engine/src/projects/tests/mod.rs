//! What projects promise.

mod access;
mod check_site;
mod gate;
mod guests;
mod lifecycle;
mod share_links;
mod templates;

use domain::{
    accounts::{Actor, Membership, Role},
    projects::Project,
};

use crate::{
    Engine,
    fakes::{World, team_of},
    projects,
};

const SHOP: &str = "https://shop.example";

/// Somebody on the plan of the world, with a shop.
async fn owner_of_a_shop(world: &World) -> (Actor, Project) {
    let ada = world.user("ada@example.com").await;
    let shop = shop(&world.engine, &ada).await;
    (ada, shop)
}

async fn shop(engine: &Engine, owner: &Actor) -> Project {
    projects::create_project(engine, owner, team_of(owner), "Shop", SHOP).await.expect("a project")
}

/// The person as a member of somebody else's team too.
fn as_member(person: &Actor, of: &Actor, role: Role) -> Actor {
    let Actor::User(mut user) = person.clone() else { panic!("not a person") };
    user.memberships.push(Membership { team: team_of(of), team_name: "Team".into(), role, personal: false });
    Actor::User(user)
}

fn current_key(project: &Project) -> &str {
    project.site_keys[0].key.as_str()
}
