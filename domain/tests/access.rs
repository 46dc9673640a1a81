//! Who may do what: the whole matrix.

use domain::{
    TeamId, UserId,
    accounts::{Action, Actor, Email, Membership, Role, User},
};

const TEAM: TeamId = TeamId(uuid::Uuid::from_u128(1));
const OTHER_TEAM: TeamId = TeamId(uuid::Uuid::from_u128(2));

const ACTIONS: [Action; 5] =
    [Action::Read, Action::ManageProjects, Action::DeleteProject, Action::ManageTeam, Action::ManageBilling];

fn member(memberships: &[(TeamId, Role)]) -> Actor {
    Actor::User(User {
        id: UserId(uuid::Uuid::from_u128(3)),
        email: Email::parse("ada@example.com").unwrap(),
        email_verified: true,
        name: "Ada".into(),
        time_zone: "UTC".into(),
        memberships: memberships
            .iter()
            .map(|&(team, role)| Membership { team, team_name: "Team".into(), role, personal: false })
            .collect(),
    })
}

#[test]
fn each_role_may_what_the_table_says() {
    //                       Read  Projects Delete Team  Billing
    for (role, allowed) in [
        (Role::Owner, [true, true, true, true, true]),
        (Role::Admin, [true, true, true, true, false]),
        (Role::Member, [true, true, false, false, false]),
        (Role::Viewer, [true, false, false, false, false]),
    ] {
        for (action, allowed) in ACTIONS.into_iter().zip(allowed) {
            assert_eq!(member(&[(TEAM, role)]).may(action, TEAM), allowed, "{role:?} {action:?}");
            assert!(!member(&[(TEAM, role)]).may(action, OTHER_TEAM), "{role:?} {action:?} elsewhere");
        }
    }
}

#[test]
fn a_role_counts_in_its_own_team_only() {
    let actor = member(&[(TEAM, Role::Viewer), (OTHER_TEAM, Role::Owner)]);
    assert!(actor.may(Action::ManageBilling, OTHER_TEAM));
    assert!(!actor.may(Action::ManageProjects, TEAM));
}

#[test]
fn nobody_may_nothing_and_the_system_everything() {
    for action in ACTIONS {
        assert!(!Actor::Nobody.may(action, TEAM), "{action:?}");
        assert!(!member(&[]).may(action, TEAM), "{action:?}");
        assert!(Actor::system().may(action, TEAM), "{action:?}");
    }
}
