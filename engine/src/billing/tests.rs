//! Plans: who sets them, and when they hold.

use domain::{accounts::Actor, billing::Plan};
use sqlx::PgPool;

use crate::{
    Error, billing,
    fakes::{World, team_of},
};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_team_is_on_the_configured_plan_until_it_is_put_on_another(pool: PgPool) {
    let World { engine, .. } = World::with(pool.clone(), &[("PERFALLY_PLAN", "pro")]);
    let ada = World { engine: engine.clone() }.user("ada@example.com").await;
    assert_eq!(billing::plan(&engine, team_of(&ada)).await.unwrap(), Plan::Pro);

    for plan in [Plan::Agency, Plan::Free] {
        let team = billing::set_plan(&engine, &Actor::System, " Ada@Example.com ", plan).await.unwrap();
        assert_eq!(team, team_of(&ada));
        assert_eq!(billing::plan(&engine, team).await.unwrap(), plan);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn nobody_but_the_operator_sets_a_plan(pool: PgPool) {
    let world = World::new(pool);
    let ada = world.user("ada@example.com").await;
    for (actor, refusal) in [(Actor::Nobody, Error::Unauthenticated), (ada.clone(), Error::Forbidden)] {
        let refused = billing::set_plan(&world.engine, &actor, "ada@example.com", Plan::Agency).await.unwrap_err();
        assert_eq!(refused.to_string(), refusal.to_string());
    }
    assert_eq!(billing::plan(&world.engine, team_of(&ada)).await.unwrap(), Plan::Free);
    let unknown = billing::set_plan(&world.engine, &Actor::System, "eve@example.com", Plan::Pro).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}
