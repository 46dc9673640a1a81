-- What bounds the write path: a team's month, a day's keys, and how far each writer came.

alter table page_views
    -- Page views that this one stands for, where the team was over its quota: 1 in so many was kept. Within `weight`.
    add column sample_factor smallint not null default 1,
    -- Dimensions that count it under "(other)", one bit each: the day had as many keys as it may.
    add column other_keys    smallint not null default 0;

-- A page view that the quota's sample left out has no row but this: it counts once, and its updates are left out too.
alter table page_view_skews add column left_out boolean not null default false;

-- Page views that a team sent in a calendar month (UTC): stored ones, and those that the sample left out.
create table page_view_months (
    team_id  uuid not null references teams (id) on delete cascade,
    month    date not null,                            -- its first day
    used     bigint not null,
    -- The quota of which the owners were told that 80 %, and all of it, is used.
    told_80  bigint,
    told_100 bigint,
    primary key (team_id, month)
);

-- The values of each dimension that a project's sketches of a day are kept by.
create table page_view_keys (
    project_id uuid not null,
    day        date not null,                          -- UTC
    dimension  text not null,
    key        text not null,
    primary key (project_id, day, dimension, key)
);

create index page_view_keys_day on page_view_keys (day);

-- How many beacons of a writer's, counted from its start, are committed: whether a batch whose end the writer did not hear
-- of is there.
create table beacon_writers (
    id   uuid primary key,
    done bigint not null,
    at   timestamptz not null
) with (fillfactor = 50);
