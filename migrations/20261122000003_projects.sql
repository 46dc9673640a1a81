-- Sites, their keys, origins and page-group templates.

create table projects (
    id         uuid primary key,
    team_id    uuid not null references teams (id),
    name       text not null,
    public     boolean not null default false,         -- the demo: anybody may look
    -- PerfAlly's own pages, and the demo: one each at most.
    purpose    text unique check (purpose in ('internal', 'demo')),
    created_at timestamptz not null,
    deleted_at timestamptz                             -- hidden at once; a job deletes its data
);

create index projects_team on projects (team_id);

create table project_origins (
    project_id uuid not null references projects (id) on delete cascade,
    origin     text not null,
    primary key (project_id, origin)
);

create table site_keys (
    project_id uuid not null references projects (id) on delete cascade,
    key        text not null,
    created_at timestamptz not null,
    expires_at timestamptz,                            -- the end of the grace after a rotation
    primary key (project_id, key)
);

create index site_keys_key on site_keys (key);

create table page_group_templates (
    project_id uuid not null references projects (id) on delete cascade,
    template   text not null,
    source     text not null check (source in ('user', 'learnt')),
    created_at timestamptz not null,
    primary key (project_id, template)
);
