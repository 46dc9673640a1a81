-- The last look at a project's site for why no page view comes from it. One row a project,
-- rewritten in place; `started_at` keeps looks apart in time.
create table site_checks (
    project_id uuid primary key references projects (id) on delete cascade,
    started_at timestamptz not null,
    at         timestamptz,                            -- of what is kept here; null before the first is done
    page       text,
    findings   jsonb
);
