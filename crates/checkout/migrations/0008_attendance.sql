-- What each till is doing, what waits there for a person, and goods that are not sold to everybody.

alter table product
    add column minimum_age smallint not null default 0,
    add constraint product_minimum_age_ck check (minimum_age between 0 and 25);

comment on column product.minimum_age is 'The age in years below which it is not sold; 0 when it is sold to everybody.';

alter table store
    add column audit_rate_basis_points integer not null default 0,
    add constraint store_audit_rate_ck check (audit_rate_basis_points between 0 and 10000);

comment on column store.audit_rate_basis_points is 'How many of ten thousand baskets are looked at before payment.';

create table audit_seed (
    only_row boolean not null default true,
    seed     bytea   not null,
    constraint audit_seed_pk primary key (only_row),
    constraint audit_seed_one_ck check (only_row),
    constraint audit_seed_ck check (octet_length(seed) = 32)
);

comment on table audit_seed is 'What the draw of the baskets starts from: with it anybody can repeat which ones were drawn, without it nobody can foresee it.';

insert into audit_seed (seed)
select sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));

create table till_presence (
    terminal_code text        not null,
    store_code    text        not null,
    stage         text        not null default 'unspecified',
    since_time    timestamptz,
    reported_time timestamptz,
    locked        boolean     not null default false,
    locked_by     text        not null default '',
    constraint till_presence_pk primary key (terminal_code),
    constraint till_presence_stage_ck check (stage in ('unspecified', 'starting', 'idle', 'scanning', 'paying', 'stopped', 'paid', 'locked')),
    constraint till_presence_reported_ck check ((since_time is null) = (reported_time is null))
);

create index till_presence_store_ix on till_presence (store_code, terminal_code);

comment on table till_presence is 'What each till says of itself, and whether it is to serve nobody.';
comment on column till_presence.reported_time is 'When it was heard of last, by the database''s own clock: whether it is silent is no matter of business time.';
comment on column till_presence.locked_by is 'Who locked or opened it last: an operator, or the id of a staff account, whom only membership knows.';

create table intervention (
    intervention_id uuid        not null,
    store_code      text        not null,
    terminal_code   text        not null,
    basket_id       uuid,
    kind            text        not null,
    subject         text        not null,
    detail          jsonb       not null,
    raised_time     timestamptz not null,
    answered_time   timestamptz,
    answered_by     uuid,
    decision        text,
    constraint intervention_pk primary key (intervention_id),
    constraint intervention_kind_ck check (kind in ('payment_unknown', 'payment_partial', 'sale_refused', 'approval', 'help', 'unknown_code', 'abandoned', 'audit')),
    constraint intervention_decision_ck check (decision in ('approve', 'refuse', 'done', 'withdrawn')),
    constraint intervention_answered_ck check (
        (answered_time is null) = (decision is null)
        and (answered_by is null) = (decision is null or decision = 'withdrawn')
    )
);

-- What waits is told once, however often it is told.
create unique index intervention_waiting_uq on intervention (terminal_code, kind, subject) where answered_time is null;
create index intervention_store_ix on intervention (store_code) where answered_time is null;
create index intervention_subject_ix on intervention (terminal_code, subject);

comment on table intervention is 'What waits at a till for a person, and what became of it. Nothing of who the shopper is. Changed once, when it is answered.';
comment on column intervention.subject is 'What it is about, so that the same thing is not raised twice: a basket, a line of it, a payment.';
comment on column intervention.answered_by is 'Who decided: the id of a staff account, whom only membership knows; null when it was over before.';

create function refuse_second_answer() returns trigger
language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or old.answered_time is not null then
        raise exception 'what a person decided at a till is recorded once and never taken back';
    end if;
    return new;
end
$$;

comment on function refuse_second_answer is 'Keeps what was decided as it was recorded, also from a slip of an operator''s hand.';

create trigger intervention_is_final before update or delete on intervention
    for each row execute function refuse_second_answer();
