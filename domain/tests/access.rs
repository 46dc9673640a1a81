//! Who may do what: the whole matrix.

use domain::{
    ApiKeyId, ProjectId, ShareLinkId, TeamId, UserId,
    accounts::{Action, Actor, Email, Guest, KeyHolder, Membership, Role, User},
    integrations::{ApiMode, Scopes},
};

const TEAM: TeamId = TeamId(uuid::Uuid::from_u128(1));
const OTHER_TEAM: TeamId = TeamId(uuid::Uuid::from_u128(2));

const ACTIONS: [Action; 9] = [
    Action::Read,
    Action::ReadProjects,
    Action::ReadFieldData,
    Action::ManageProjects,
    Action::ManageShareLinks,
    Action::DeleteProject,
    Action::ManageTeam,
    Action::ManageBilling,
    Action::ManageApiKeys,
];

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
    //                       Read ×3           Projects Links Delete Team  Billing Keys
    for (role, allowed) in [
        (Role::Owner, [true, true, true, true, true, true, true, true, true]),
        (Role::Admin, [true, true, true, true, true, true, true, false, true]),
        (Role::Member, [true, true, true, true, true, false, false, false, false]),
        (Role::Viewer, [true, true, true, false, false, false, false, false, false]),
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

fn key(mode: ApiMode, role: Role, scopes: &[&str]) -> Actor {
    let scopes = Scopes::parse(scopes.iter().copied()).unwrap();
    Actor::Key(KeyHolder { key: ApiKeyId(uuid::Uuid::from_u128(4)), team: TEAM, mode, scopes, role })
}

#[test]
fn a_key_may_what_its_scopes_say_in_its_own_team_and_no_more() {
    use Action::{Read, ReadFieldData, ReadProjects};
    let cases: [(&[&str], &[Action]); 3] = [
        (&["projects:read"], &[ReadProjects]),
        (&["vitals:read"], &[ReadFieldData]),
        (&["projects:read", "vitals:read"], &[Read, ReadProjects, ReadFieldData]),
    ];
    for (scopes, allowed) in cases {
        // Who made it is an owner; that adds nothing.
        for role in [Role::Owner, Role::Viewer] {
            let live = key(ApiMode::Live, role, scopes);
            let test = key(ApiMode::Test, role, scopes);
            for action in ACTIONS {
                assert_eq!(live.may(action, TEAM), allowed.contains(&action), "{scopes:?} {action:?}");
                assert!(!live.may(action, OTHER_TEAM), "{scopes:?} {action:?} elsewhere");
                assert!(!test.may(action, TEAM), "{scopes:?} {action:?} with a test key");
            }
        }
    }
}

#[test]
fn scopes_are_read_from_their_words() {
    assert!(Scopes::parse([]).is_err());
    assert!(Scopes::parse(["projects:read", "everything"]).is_err());
    assert_eq!(Scopes::parse(["vitals:read", "projects:read", "vitals:read"]).unwrap(), Scopes::all());
}

#[test]
fn a_guest_may_read_the_figures_of_one_project_and_nothing_of_its_team() {
    let (own, other) = (ProjectId(uuid::Uuid::from_u128(5)), ProjectId(uuid::Uuid::from_u128(6)));
    let guest = Actor::Guest(Guest { link: ShareLinkId(uuid::Uuid::from_u128(7)), project: own });
    for action in ACTIONS {
        assert!(!guest.may(action, TEAM), "{action:?}");
        assert_eq!(guest.may_with(own, TEAM, action), action == Action::ReadFieldData, "{action:?}");
        assert!(!guest.may_with(other, TEAM, action), "{action:?} elsewhere");
    }
    assert_eq!(guest.user(), None);
}

#[test]
fn whoever_is_no_guest_may_with_a_project_what_they_may_in_its_team() {
    let project = ProjectId(uuid::Uuid::from_u128(5));
    for actor in [Actor::Nobody, Actor::system(), member(&[(TEAM, Role::Member)])] {
        for action in ACTIONS {
            assert_eq!(actor.may_with(project, TEAM, action), actor.may(action, TEAM), "{action:?}");
        }
    }
}
