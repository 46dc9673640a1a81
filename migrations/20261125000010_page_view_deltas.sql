-- What makes a beacon cheap to keep: sketches that follow in bulk, and page views that are found by id.

-- What the sketches have not counted yet: a row for each batch and project. Appended by the batch's transaction, in order of
-- `nr` (the project is held), taken out by the one that rewrites the sketches. Readers count both.
create table page_view_deltas (
    project_id uuid not null,
    nr         bigint not null generated always as identity,
    changes    integer not null,                       -- page views that are counted or taken back
    delta      bytea not null,
    primary key (project_id, nr)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast_tuple_target = 8160);

-- Bits as they are: trying to compress them costs more than writing them. What fits a page stays in the row.
alter table page_view_deltas alter column delta set storage external;
alter table page_view_sketches alter column sketch set storage external;
alter table page_view_sketches set (toast_tuple_target = 8160);

-- By id first: ids of one time lie together whatever their projects, and a batch's are looked up in one go.
alter table page_views drop constraint page_views_pkey;
alter table page_views add primary key (id, project_id, at);
alter table page_view_skews drop constraint page_view_skews_pkey;
alter table page_view_skews add primary key (id, project_id);
