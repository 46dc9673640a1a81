-- Work to do later, once each, on any number of replicas. A worker holds a lease, never an
-- open transaction; its token fences off a worker whose lease ran out.

create table jobs (
    id           uuid primary key,
    kind         text not null,
    payload      jsonb not null,
    -- At most one waiting job of a kind with the same key. One that runs no longer counts: what
    -- made the new one necessary may have come after it read.
    dedupe_key   text,
    run_at       timestamptz not null,
    attempts     integer not null default 0,
    lease_token  uuid,
    leased_until timestamptz,
    last_error   text,
    -- Set when the attempts are used up; kept for the operator.
    failed_at    timestamptz,
    created_at   timestamptz not null
);

create unique index jobs_dedupe on jobs (kind, dedupe_key)
    where dedupe_key is not null and failed_at is null and lease_token is null;
create index jobs_due on jobs (run_at) where failed_at is null;
create index jobs_failed on jobs (failed_at) where failed_at is not null;

-- The last slot of each periodic job that some replica enqueued.
create table job_slots (
    kind text primary key,
    slot timestamptz not null
);
