-- What the questions about segments and data health need beside the figures.

-- When a site was deployed, for the marks in its trends.
create table deploys (
    project_id uuid not null references projects (id) on delete cascade,
    at         timestamptz not null,
    release    text not null,
    note       text not null,                          -- may be empty
    primary key (project_id, at, release)
);

-- Origins that beacons were refused from, so that one can be allowed with one click. At most 50 a
-- project: anybody can send any origin.
create table refused_origins (
    project_id uuid not null,
    origin     text not null,
    beacons    bigint not null,                        -- since it was first seen
    last_at    timestamptz not null,
    primary key (project_id, origin)
);
