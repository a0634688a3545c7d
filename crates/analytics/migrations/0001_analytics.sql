-- Facts as events told them, one row each, and roll-ups that can be rebuilt from the facts. No person: a member's id at most.

create table store (
    store_code text constraint store_pk primary key,
    time_zone text not null,
    currency_code text not null,
    -- Grows with every fact that was applied, so that a watcher knows that figures moved.
    revision bigint not null default 0
);
comment on table store is 'What the events told of a store: its time zone decides its day';

create table sale_fact (
    sale_id uuid constraint sale_fact_pk primary key,
    store_code text not null,
    terminal_code text not null,
    self_checkout boolean not null,
    sequence bigint not null,
    completed_time timestamptz not null,
    -- The store's own day and hour at that instant.
    day date not null,
    hour smallint not null constraint sale_fact_hour check (hour between 0 and 23),
    total_minor bigint not null,
    member_id uuid
);
comment on table sale_fact is 'A sale, from sales.completed';
create index sale_fact_day on sale_fact (store_code, day);
create index sale_fact_member on sale_fact (store_code, member_id, day) where member_id is not null;

create table refund_fact (
    refund_id uuid constraint refund_fact_pk primary key,
    sale_id uuid not null,
    store_code text not null,
    refunded_time timestamptz not null,
    day date not null,
    hour smallint not null constraint refund_fact_hour check (hour between 0 and 23),
    total_minor bigint not null constraint refund_fact_total check (total_minor >= 0)
);
comment on table refund_fact is 'A refund, from sales.refunded; it may be told before its sale';
create index refund_fact_day on refund_fact (store_code, day);

create table review_fact (
    review_id uuid constraint review_fact_pk primary key,
    store_code text not null,
    product_name text not null,
    rating smallint not null constraint review_fact_rating check (rating between 1 and 5),
    comment text not null,
    revision integer not null,
    first_submitted_time timestamptz not null,
    submitted_time timestamptz not null
);
comment on table review_fact is 'The latest revision of a review, from reviews.submitted';
create index review_fact_time on review_fact (store_code, first_submitted_time desc);

create table store_hour (
    store_code text not null,
    day date not null,
    hour smallint not null,
    sales bigint not null default 0,
    self_sales bigint not null default 0,
    sold_minor bigint not null default 0,
    refunds bigint not null default 0,
    refunded_minor bigint not null default 0,
    constraint store_hour_pk primary key (store_code, day, hour)
);
comment on table store_hour is 'Roll-up of an hour of a store: the sum of its facts, kept in the same transaction as each fact';
