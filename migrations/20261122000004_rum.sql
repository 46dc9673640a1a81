-- What visitors measured.

-- One row a page view. `at` is when the server received its first beacon; it never changes,
-- and picks the day's partition. No foreign key: a project's rows are deleted by a job.
create table page_views (
    project_id       uuid not null,
    id               uuid not null,
    at               timestamptz not null,
    updated_at       timestamptz not null,             -- when the newest beacon was received
    seq              integer not null,                 -- that beacon's number
    weight           integer not null,                 -- page views it stands for, in thousandths

    url_origin       text not null,
    path             text not null,                    -- as it came
    page_group       text not null,
    navigation_type  text not null,
    device           text not null,
    browser          text not null,
    os               text not null,
    country          text not null,                    -- ISO 3166-1 alpha-2, or empty
    connection       text not null,
    release          text not null,
    referrer         text not null,                    -- origin only
    viewport_width   integer,
    viewport_height  integer,
    device_memory    real,

    bot              text not null,                    -- human, suspect, bot
    bot_reason       text not null,

    lcp              double precision,                 -- ms
    inp              double precision,                 -- ms
    cls              double precision,
    fcp              double precision,                 -- ms
    ttfb             double precision,                 -- ms
    fid              double precision,                 -- ms

    lcp_target       text,
    lcp_url          text,
    lcp_ttfb         double precision,                 -- the four parts of LCP, ms
    lcp_load_delay   double precision,
    lcp_load_time    double precision,
    lcp_render_delay double precision,
    inp_target       text,
    inp_type         text,
    inp_input_delay  double precision,                 -- the three phases of INP, ms
    inp_processing   double precision,
    inp_presentation double precision,
    inp_script       text,
    inp_function     text,
    cls_target       text,
    cls_value        double precision,                 -- the largest single shift

    metrics          jsonb,                            -- {name: number}
    tags             jsonb,                            -- {name: text}

    primary key (project_id, id, at)
) partition by range (at);

create index page_views_newest on page_views (project_id, at desc);

-- Page views whose id does not tell when they began: no UUID of version 7, or of a clock that
-- is off. Their first beacon is found here; all others' by the time in their id.
create table page_view_skews (
    project_id uuid not null,
    id         uuid not null,
    at         timestamptz not null,
    primary key (project_id, id)
);

create index page_view_skews_at on page_view_skews (at);

-- Histograms of the vitals: one row an hour (or day), value of a dimension, and device.
-- Dashboards read these only.
create table page_view_sketches (
    project_id uuid not null,
    grain      text not null check (grain in ('hour', 'day')),
    dimension  text not null,                          -- 'device' has an empty key
    at         timestamptz not null,                   -- the bucket's start, UTC
    key        text not null,
    device     text not null,
    sketch     bytea not null,
    primary key (project_id, grain, dimension, at, key, device)
) with (fillfactor = 70);

-- Up to where hours are rolled up into days. Hour rows before it take no more corrections.
create table page_view_roll_ups (
    project_id   uuid primary key,
    rolled_up_to timestamptz not null                  -- a day's start, UTC
);

-- What became of the beacons: counts an hour. The nil project has those of no known project.
create table beacon_outcomes (
    project_id uuid not null,
    hour       timestamptz not null,
    outcome    text not null,                          -- page_view, update, repeat, rejected:<reason>, value:<vital>:<fault>, bot:<class>:<reason>
    count      bigint not null,
    primary key (project_id, hour, outcome)
);

-- The newest refusal and the first acceptance, for the install screen.
create table beacon_arrivals (
    project_id       uuid primary key,
    first_at         timestamptz,
    first_path       text,
    refused_at       timestamptz,
    refused_reason   text,
    refused_origin   text
);
