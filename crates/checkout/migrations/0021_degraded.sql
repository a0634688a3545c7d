-- Tills in degraded mode: they sell, and what they sell waits here for the stream.

create table degraded_till (
    terminal_code text        not null,
    since_time    timestamptz not null,
    constraint degraded_till_pk primary key (terminal_code)
);

comment on table degraded_till is 'Tills whose journal says that degraded mode began, and not yet that it ended: the row comes and goes with the sealed event.';
comment on column degraded_till.since_time is 'When the event that waits longest happened.';
