-- The newest delta that a project's sketches have counted. With the newest that waits, it tells
-- whether any figure can have changed.
create table page_view_folds (
    project_id uuid primary key,
    folded_to  bigint not null
);
