-- Links by which anybody sees one view of a project. A token is stored as its SHA-256, so that a
-- dump of this table opens nothing; a link that is revoked is deleted.

create table share_links (
    project_id uuid not null references projects (id) on delete cascade,
    id         uuid not null,
    -- It opens while they are a member who may share: asked at each opening, not stored.
    made_by    uuid not null references users (id) on delete cascade,
    token_hash bytea not null,
    name       text not null,
    room       text not null check (room in ('overview', 'pages', 'page_group', 'fix', 'changes')),
    search     text not null,                          -- the query part of the view's address
    created_at timestamptz not null,
    expires_at timestamptz,
    primary key (project_id, id),
    unique (project_id, token_hash)
);

create index share_links_token on share_links (token_hash);
create index share_links_made_by on share_links (made_by);
