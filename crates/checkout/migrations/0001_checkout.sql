-- Baskets, sales and refunds. Stores, terminals and the catalogue are in 0003; codes refer to them without a foreign key,
-- because a sale keeps the words of its day whatever becomes of the catalogue.

create table basket (
    basket_id       uuid        not null,
    terminal_code   text        not null,
    store_code      text        not null,
    state           text        not null,
    basket_version  bigint      not null,
    entries         jsonb       not null,
    open_request_id uuid        not null,
    currency        text        not null,
    opened_time     timestamptz not null,
    constraint basket_pk primary key (basket_id),
    -- A till that asks twice for one basket gets one.
    constraint basket_open_request_uq unique (terminal_code, open_request_id),
    constraint basket_state_ck check (state in ('open', 'frozen', 'paid', 'cancelled')),
    constraint basket_version_ck check (basket_version = jsonb_array_length(entries) + 1),
    constraint basket_currency_ck check (currency ~ '^[A-Z]{3}$')
);

comment on table basket is 'What is or was scanned. The basket that is shown is computed from its entries alone.';
comment on column basket.entries is 'Every edit ever made, oldest first, each with its request id and what it needs of the catalogue at that moment; appended to, never changed.';
comment on column basket.basket_version is 'Grows by one with every entry; a till that holds an older one is stale.';
comment on column basket.state is 'Follows from the entries; a column so that one statement can refuse what the state forbids.';

create table terminal_head (
    terminal_code text   not null,
    kind          text   not null,
    sequence      bigint not null,
    hash          bytea  not null,
    constraint terminal_head_pk primary key (terminal_code, kind),
    constraint terminal_head_kind_ck check (kind in ('ticket', 'credit_note')),
    constraint terminal_head_sequence_ck check (sequence >= 0),
    constraint terminal_head_hash_ck check (octet_length(hash) = 32)
);

comment on table terminal_head is 'The last number and seal of each fiscal chain of a till; moved by compare-and-swap, so that no number is missing and none is given twice.';

create table sale (
    sale_id        uuid        not null,
    basket_id      uuid        not null,
    terminal_code  text        not null,
    store_code     text        not null,
    sequence       bigint      not null,
    completed_time timestamptz not null,
    total_minor    bigint      not null,
    currency       text        not null,
    member_id      uuid,
    ticket         jsonb       not null,
    fiscal_payload bytea       not null,
    fiscal_hash    bytea       not null,
    slip_text      text        not null,
    constraint sale_pk primary key (sale_id),
    constraint sale_basket_uq unique (basket_id),
    constraint sale_sequence_uq unique (terminal_code, sequence),
    constraint sale_basket_fk foreign key (basket_id) references basket (basket_id),
    constraint sale_sequence_ck check (sequence > 0),
    constraint sale_total_ck check (total_minor > 0),
    constraint sale_hash_ck check (octet_length(fiscal_hash) = 32)
);

comment on table sale is 'Paid baskets. Never updated.';
comment on column sale.ticket is 'The ticket as it was given, with the words and rates of that moment.';
comment on column sale.fiscal_payload is 'The sealed bytes: business values only, no person and no id of this database.';
comment on column sale.slip_text is 'What the card terminal printed for the shopper; no card number is in it.';

create table refund (
    refund_id      uuid        not null,
    sale_id        uuid        not null,
    terminal_code  text        not null,
    store_code     text        not null,
    sequence       bigint      not null,
    refunded_time  timestamptz not null,
    total_minor    bigint      not null,
    currency       text        not null,
    payout         text        not null,
    credit_note    jsonb       not null,
    fiscal_payload bytea       not null,
    fiscal_hash    bytea       not null,
    constraint refund_pk primary key (refund_id),
    constraint refund_sequence_uq unique (terminal_code, sequence),
    constraint refund_sale_fk foreign key (sale_id) references sale (sale_id),
    constraint refund_sequence_ck check (sequence > 0),
    constraint refund_total_ck check (total_minor >= 0),
    constraint refund_payout_ck check (payout in ('desk', 'store_credit')),
    constraint refund_hash_ck check (octet_length(fiscal_hash) = 32)
);

comment on table refund is 'Lines given back: credit tickets with numbers and a fiscal chain of their own per till. Never updated.';

create table refund_line (
    sale_id   uuid    not null,
    line_id   integer not null,
    refund_id uuid    not null,
    constraint refund_line_pk primary key (sale_id, line_id),
    constraint refund_line_refund_fk foreign key (refund_id) references refund (refund_id)
);

comment on table refund_line is 'Which lines were given back: a line at most once, by its key.';

create function refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'rows of % are never changed', tg_table_name;
end
$$;

comment on function refuse_change is 'Keeps what is sealed as it was written, also from a slip of an operator''s hand.';

create trigger sale_is_final before update or delete or truncate on sale
    for each statement execute function refuse_change();
create trigger refund_is_final before update or delete or truncate on refund
    for each statement execute function refuse_change();
create trigger refund_line_is_final before update or delete or truncate on refund_line
    for each statement execute function refuse_change();

create table member_card (
    card_number  text        not null,
    member_id    uuid        not null,
    state        text        not null,
    changed_time timestamptz not null,
    constraint member_card_pk primary key (card_number),
    constraint member_card_number_ck check (card_number ~ '^29[0-9]{11}$'),
    constraint member_card_state_ck check (state in ('active', 'blocked'))
);

comment on table member_card is 'Checkout''s own copy of card to member id, kept from membership''s events, so that a till recognises cards while membership is away.';
comment on column member_card.state is 'A blocked card stays blocked: a new one has a new number.';
