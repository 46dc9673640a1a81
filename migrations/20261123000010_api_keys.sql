-- Programs: their keys, and how many requests their teams make.

-- A key is stored as its SHA-256, so that a dump of this table opens nothing. It goes with the
-- membership of who made it.
create table api_keys (
    team_id      uuid not null,
    id           uuid not null,
    made_by      uuid not null,
    key_hash     bytea not null,
    mode         text not null check (mode in ('live', 'test')),
    key_start    text not null,                        -- 4 characters after the prefix
    key_end      text not null,                        -- the last 4
    name         text not null,
    scopes       text[] not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz,                          -- written at most once a minute
    revoked_at   timestamptz,
    primary key (team_id, id),
    unique (team_id, key_hash),
    foreign key (team_id, made_by) references members (team_id, user_id) on delete cascade
);

create index api_keys_hash on api_keys (key_hash);
create index api_keys_made_by on api_keys (team_id, made_by);

-- Requests with live keys in the newest hour that had any. One row a team, rewritten in place.
create table api_requests (
    team_id uuid primary key references teams (id) on delete cascade,
    hour    timestamptz not null,
    count   integer not null
) with (fillfactor = 50);
