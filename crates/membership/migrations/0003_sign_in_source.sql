-- Guesses are counted by where they come from, so that who guesses at a name does not lock its owner out.

alter table sign_in_failure add column source text collate "C" not null default '';
alter table sign_in_failure add constraint sign_in_failure_source_ck check (source ~ '^[A-Za-z0-9_-]{0,64}$');

comment on column sign_in_failure.source is 'A keyed hash of the client''s address, whose key the portal alone has; empty when it cannot tell.';

create table sign_in_source (
    staff_id       uuid        not null,
    source         text collate "C" not null,
    signed_in_time timestamptz not null default now(),
    constraint sign_in_source_pk primary key (staff_id, source),
    constraint sign_in_source_staff_fk foreign key (staff_id) references staff (staff_id) on delete cascade,
    constraint sign_in_source_source_ck check (source ~ '^[A-Za-z0-9_-]{0,64}$')
);

create index sign_in_source_time_ix on sign_in_source (signed_in_time);

comment on table sign_in_source is 'Where an account was signed in from in the last 30 days: guesses from elsewhere do not count there.';
comment on column sign_in_source.source is 'As in sign_in_failure.';
comment on column sign_in_source.signed_in_time is 'The latest time, by the clock of the database.';
