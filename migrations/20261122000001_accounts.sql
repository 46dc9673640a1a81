-- People, teams, sessions, and the tokens that mails carry.

create table users (
    id                  uuid primary key,
    email               text not null unique,          -- trimmed and lower case
    email_verified_at   timestamptz,
    name                text not null,
    time_zone           text not null default 'UTC',   -- IANA name
    password_hash       text not null,                 -- argon2id, PHC string
    password_changed_at timestamptz not null,
    created_at          timestamptz not null
);

create table teams (
    id             uuid primary key,
    name           text not null,
    -- The person whose personal team this is; none for a team made later.
    personal_owner uuid unique references users (id),
    created_at     timestamptz not null
);

create table members (
    team_id    uuid not null references teams (id) on delete cascade,
    user_id    uuid not null references users (id) on delete cascade,
    role       text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz not null,
    primary key (team_id, user_id)
);

create index members_user on members (user_id);

-- What a team pays for. No row: the plan that the operator configured, Free by default.
create table subscriptions (
    team_id    uuid primary key references teams (id) on delete cascade,
    plan       text not null check (plan in ('free', 'pro', 'agency')),
    changed_at timestamptz not null
);

-- Signed-in browsers. The cookie's id is stored as its SHA-256, so that a dump of this table
-- opens nothing.
create table sessions (
    id_hash      bytea primary key,
    user_id      uuid references users (id) on delete cascade,
    data         jsonb not null,
    browser      text not null default '',             -- for the list of sessions: "Firefox on Linux"
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null
);

create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- Links in mails: single use, bound to one purpose, stored as SHA-256.
create table mail_tokens (
    token_hash bytea primary key,
    purpose    text not null check (purpose in ('verify_email', 'reset_password', 'change_email')),
    user_id    uuid not null references users (id) on delete cascade,
    email      text not null,                          -- the address that the mail went to
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);

create index mail_tokens_user on mail_tokens (user_id, purpose);

-- Guesses and requests that are throttled. The subject is a keyed hash of an account or an
-- address, so that no address is stored.
create table throttle_hits (
    subject bytea not null,
    at      timestamptz not null
);

create index throttle_hits_subject on throttle_hits (subject, at);
