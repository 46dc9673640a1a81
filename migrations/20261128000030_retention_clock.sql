-- The clock by which retention deletes: when it was last read, and since when it has gone on
-- without a leap.
create table retention_clock (
    only_row boolean primary key default true check (only_row),
    read_at  timestamptz not null,
    steady_since timestamptz not null
);
