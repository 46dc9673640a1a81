//! Every verb of the house, asked by whoever came by a share link.

use domain::{
    ProjectId, ShareLinkId,
    accounts::{Action, Actor, Guest},
    billing::Plan,
    integrations::{ApiMode, Lifetime, Scopes},
    projects::{Grace, ShareLifetime, SharedRoom, SharedView},
    rum::{Comparison, Dimension, FiguresQuery, Filter, Listing, Percentile, Period, Query, TimeRange, Vital},
};
use sqlx::PgPool;
use uuid::Uuid;

use super::{SHOP, current_key, owner_of_a_shop, shop};
use crate::{
    Engine, Result,
    accounts::{self, SessionHash},
    billing,
    fakes::{PASSWORD, World, team_of},
    integrations::{self, NewApiKey},
    projects::{self, NewShareLink},
    rum,
};

/// What kind of thing a verb touches, which decides what a guest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// What visitors of one project measured: all that a link opens.
    Figures,
    /// Anything else of one project.
    Project,
    /// A team, which a guest does not know.
    Team,
    /// A person's own account.
    Person,
    /// A key's holder.
    Program,
    /// What is somebody's by being who they are: the operator's, or a member's list.
    Others,
}

fn told<T>(answer: Result<T>) -> String {
    answer.err().map(|error| error.to_string()).unwrap_or_default()
}

/// The refusal of every verb that takes who is asking; empty where it answered.
async fn refusals(
    engine: &Engine,
    actor: &Actor,
    owner: &Actor,
    id: ProjectId,
    key: &str,
) -> Vec<(&'static str, Of, String)> {
    let (team, query, listing) = (team_of(owner), Query::default(), Listing::by(Dimension::Device));
    let grouped =
        Query { filter: Filter { page_group: Some("/".to_owned()), ..Filter::default() }, ..Query::default() };
    let range = TimeRange::parse(None, None, engine.now()).unwrap();
    let figures = FiguresQuery {
        vital: Vital::Lcp,
        percentile: Percentile::P75,
        range,
        granularity: None,
        group_by: None,
        filters: [].into(),
    };
    let link = NewShareLink {
        project: id,
        name: "Eve".to_owned(),
        view: SharedView::new(SharedRoom::Overview, "").unwrap(),
        lifetime: ShareLifetime::Week,
    };
    let new_key = NewApiKey {
        team,
        name: "Eve".to_owned(),
        mode: ApiMode::Live,
        scopes: Scopes::all(),
        lifetime: Lifetime::Month,
    };
    let (filter, session) = (Filter::default(), SessionHash::of(1));
    macro_rules! ask {
        ($($of:ident $name:literal $answer:expr;)*) => { vec![$(($name, Of::$of, told($answer.await))),*] };
    }
    ask! {
        Figures "sight" projects::sight(engine, actor, id);
        Figures "authorize" projects::authorize(engine, actor, id, Action::ReadFieldData);
        Figures "overview" rum::overview(engine, actor, id, &query);
        Figures "trend" rum::trend(engine, actor, id, &query);
        Figures "distribution" rum::distribution(engine, actor, id, &query);
        Figures "standings" rum::standings(engine, actor, id, &query);
        Figures "breakdown" rum::breakdown(engine, actor, id, &query, &listing);
        Figures "tag_names" rum::tag_names(engine, actor, id);
        Figures "fix_list" rum::fix_list(engine, actor, id, &query);
        Figures "custom_metrics" rum::custom_metrics(engine, actor, id, &query);
        Figures "changes" rum::changes(engine, actor, id, &Comparison::default());
        Figures "page_group_view" rum::page_group_view(engine, actor, id, &grouped);
        Figures "newest_views" rum::newest_views(engine, actor, id, &filter, 1);
        Figures "newest_views_of" rum::newest_views_of(engine, actor, id, &query, 1);
        Figures "heat_map" rum::heat_map(engine, actor, id, &query, chrono_tz::Tz::UTC);
        Figures "watch" rum::NewestViews::watch(engine, actor, id, &filter, None);
        Figures "with_bots" rum::with_bots(engine, actor, id, Period::Week);
        Figures "vitals" rum::vitals(engine, actor, id, &figures);
        Figures "page_views" rum::page_views(engine, actor, id, range, None, 1);
        Figures "health_between" rum::health_between(engine, actor, id, range);
        Project "check_site" projects::check_site(engine, actor, id, "https://shop.example/");
        Project "site_check" projects::site_check(engine, actor, id);
        Project "health" rum::health(engine, actor, id, Period::Week);
        Project "first_beacon" rum::first_beacon(engine, actor, id);
        Project "month_usage" rum::month_usage(engine, actor, id);
        Project "preview_templates" rum::preview_templates(engine, actor, id, vec![]);
        Project "project" projects::project(engine, actor, id);
        Project "listed_project" projects::listed_project(engine, actor, id);
        Project "templates" projects::templates(engine, actor, id);
        Project "share_links" projects::share_links(engine, actor, id, 1);
        Project "create_share_link" projects::create_share_link(engine, actor, &link);
        Project "revoke_share_link" projects::revoke_share_link(engine, actor, id, ShareLinkId(Uuid::nil()));
        Project "rename_project" projects::rename_project(engine, actor, id, "Mine");
        Project "set_origins" projects::set_origins(engine, actor, id, vec![SHOP.to_owned()]);
        Project "allow_origin" projects::allow_origin(engine, actor, id, "https://evil.example");
        Project "rotate_site_key" projects::rotate_site_key(engine, actor, id, Grace::None);
        Project "revoke_site_key" projects::revoke_site_key(engine, actor, id, key);
        Project "set_templates" projects::set_templates(engine, actor, id, vec!["/product/*".to_owned()]);
        Project "add_deploy" projects::add_deploy(engine, actor, id, "v1", None, "");
        Project "add_incident" projects::add_incident(engine, actor, id, engine.now(), None, "mine");
        Project "delete_project" projects::delete_project(engine, actor, id, "Shop");
        Team "create_project" projects::create_project(engine, actor, team, "Mine", SHOP);
        Others "projects" projects::projects(engine, actor);
        Others "projects_after" projects::projects_after(engine, actor, None, 1);
        Others "add_project" projects::add_project(engine, actor, "ada@example.com", "Mine", SHOP);
        Others "set_plan" billing::set_plan(engine, actor, "ada@example.com", Plan::Agency);
        Others "personal_team" accounts::personal_team(engine, actor, "ada@example.com");
        Others "personal_owner" accounts::personal_owner(engine, actor, "ada@example.com");
        Others "show_house" accounts::show_house(engine, actor, "ada@example.com");
        Others "add_user" accounts::add_user(engine, actor, "eve@example.com", PASSWORD);
        Others "api_keys" integrations::api_keys(engine, actor, team);
        Others "create_api_key" integrations::create_api_key(engine, actor, &new_key);
        Others "revoke_api_key" integrations::revoke_api_key(engine, actor, team, domain::ApiKeyId(Uuid::nil()));
        Others "add_api_key" integrations::add_api_key(engine, actor, "ada@example.com", "CI");
        Program "list_projects" integrations::list_projects(engine, actor, None);
        Program "find_project" integrations::find_project(engine, actor, id);
        Program "vitals by key" integrations::vitals(engine, actor, id, &figures);
        Program "page_views by key" integrations::page_views(engine, actor, id, range, None);
        Program "health by key" integrations::health(engine, actor, id, range);
        Program "count_request" integrations::count_request(engine, actor);
        Person "update_profile" accounts::update_profile(engine, actor, "Eve", "UTC");
        Person "change_password" accounts::change_password(engine, actor, PASSWORD, PASSWORD, &session);
        Person "request_email_change" accounts::request_email_change(engine, actor, PASSWORD, "eve@example.com");
        Person "sessions" accounts::sessions(engine, actor);
        Person "revoke_session" accounts::revoke_session(engine, actor, &session.to_hex());
        Person "revoke_other_sessions" accounts::revoke_other_sessions(engine, actor, &session);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_guest_reads_the_figures_of_one_project_and_nothing_else(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let (ada, shared) = owner_of_a_shop(&world).await;
    let private = shop(engine, &ada).await;
    let guest = Actor::Guest(Guest { link: ShareLinkId(Uuid::now_v7()), project: shared.id });
    let key = current_key(&private).to_owned();
    let before = projects::projects(engine, &ada).await.unwrap();
    for (project, is_own) in [(shared.id, true), (private.id, false), (ProjectId(Uuid::now_v7()), false)] {
        for (verb, of, refusal) in refusals(engine, &guest, &ada, project, &key).await {
            let expected = match of {
                Of::Figures if is_own => "",
                Of::Project if is_own => "not allowed",
                // Another project cannot be told from one that does not exist.
                Of::Figures | Of::Project | Of::Team => "not found",
                Of::Others => "not allowed",
                Of::Program | Of::Person => "sign in first",
            };
            assert_eq!(refusal, expected, "{verb}, own project: {is_own}");
        }
    }
    assert_eq!(projects::projects(engine, &ada).await.unwrap(), before, "and nothing was changed");
    world.run_due().await;
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_guest_of_one_project_does_not_see_the_demo_by_it(pool: PgPool) {
    let world = World::new(pool);
    let (_, shared) = owner_of_a_shop(&world).await;
    let demo = projects::ensure_demo_project(&world.engine).await.unwrap();
    let guest = Actor::Guest(Guest { link: ShareLinkId(Uuid::now_v7()), project: shared.id });
    assert_eq!(told(projects::sight(&world.engine, &guest, demo.id).await), "not found");
}
