-- What went wrong at a site, and how long, for the marks in its trends. Noted by whoever runs it.
create table incidents (
    project_id uuid not null references projects (id) on delete cascade,
    at         timestamptz not null,
    note       text not null,
    until      timestamptz,                            -- null while it lasts
    primary key (project_id, at, note),
    check (until >= at)
);
