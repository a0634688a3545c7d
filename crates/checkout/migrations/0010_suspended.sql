-- Baskets that wait for their shoppers, and the ways a basket ends by their own names.

alter table basket
    drop constraint basket_state_ck;

update basket
set state = 'abandoned'
where state = 'cancelled'
  and entries -> -1 ->> 'edit' = 'abandon';

alter table basket
    add constraint basket_state_ck check (state in ('open', 'frozen', 'suspended', 'paid', 'abandoned', 'cancelled'));

comment on column basket.terminal_code is 'The till it is at; another one after it was suspended here and resumed there.';

create table suspended_basket (
    basket_id      uuid        not null,
    store_code     text        not null,
    terminal_code  text        not null,
    code_sha256    text        not null,
    member_id      uuid,
    article_count  bigint      not null,
    suspended_time timestamptz not null,
    ends_time      timestamptz not null,
    constraint suspended_basket_pk primary key (basket_id),
    constraint suspended_basket_code_uq unique (store_code, code_sha256),
    constraint suspended_basket_basket_fk foreign key (basket_id) references basket (basket_id),
    constraint suspended_basket_code_ck check (code_sha256 ~ '^[0-9a-f]{64}$'),
    constraint suspended_basket_ends_ck check (ends_time > suspended_time)
);

create index suspended_basket_store_ix on suspended_basket (store_code, suspended_time);
create index suspended_basket_ends_ix on suspended_basket (ends_time);

comment on table suspended_basket is 'What each suspended basket is resumed by. A row goes when its shopper comes back, or with the end of the store''s day.';
comment on column suspended_basket.code_sha256 is 'Of the code that the shopper was shown; the code itself is nowhere.';
comment on column suspended_basket.member_id is 'Whose card brings it back, too.';
comment on column suspended_basket.ends_time is 'The first instant after the store''s day in its own time zone: then it is abandoned.';

alter table till_presence
    add column basket_id uuid;

comment on column till_presence.basket_id is 'The basket it said it is at.';
