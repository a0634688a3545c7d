-- Training: a till that practises makes tickets that look like tickets and are none. They are recorded and sealed in a chain of their
-- own, marked, and counted nowhere.

alter table till_presence
    add column training       boolean not null default false,
    add column training_by    text    not null default '',
    add column training_shown boolean not null default false;

comment on column till_presence.training is 'Its next basket is opened in training.';
comment on column till_presence.training_by is 'Who turned it to training or back last: an operator, or the id of a staff account, whom only membership knows.';
comment on column till_presence.training_shown is 'Its screen says that it is training, as it says itself.';

alter table basket
    add column training_by text;

comment on column basket.training_by is 'Who had turned the till to training when this was opened; null for a basket that is sold. Never changed.';

alter table intervention
    add column training boolean not null default false;

comment on column intervention.training is 'Somebody practised: told in no event and measured nowhere.';

alter table terminal_head
    drop constraint terminal_head_kind_ck,
    add constraint terminal_head_kind_ck check (kind in ('ticket', 'credit_note', 'training'));

create table training_sale (
    training_sale_id uuid        not null,
    basket_id        uuid        not null,
    terminal_code    text        not null,
    store_code       text        not null,
    sequence         bigint      not null,
    completed_time   timestamptz not null,
    total_minor      bigint      not null,
    currency         text        not null,
    training_by      text        not null,
    token_sha256     text,
    ticket           jsonb       not null,
    fiscal_payload   bytea       not null,
    fiscal_hash      bytea       not null,
    slip_texts       text[]      not null,
    constraint training_sale_pk primary key (training_sale_id),
    constraint training_sale_basket_uq unique (basket_id),
    constraint training_sale_sequence_uq unique (terminal_code, sequence),
    constraint training_sale_basket_fk foreign key (basket_id) references basket (basket_id),
    constraint training_sale_sequence_ck check (sequence > 0),
    constraint training_sale_ticket_ck check ((ticket ->> 'training')::boolean),
    constraint training_sale_hash_ck check (octet_length(fiscal_hash) = 32)
);

create index training_sale_token_ix on training_sale (token_sha256) where token_sha256 is not null;

comment on table training_sale is 'Practised sales: numbered and sealed per till beside the sales, and part of no figure. Never updated.';
comment on column training_sale.training_by is 'Who had turned the till to training: the operator of the practice.';
comment on column training_sale.token_sha256 is 'Of a ticket behind a code: SHA-256 of what stands in it, in hexadecimal.';
comment on column training_sale.ticket is 'The ticket as it was given, marked as training.';
comment on column training_sale.fiscal_payload is 'The sealed bytes, of the kind training.';
comment on column training_sale.slip_texts is 'What the stand-in of the card terminal printed, in the order of the tenders.';

create table training_copy (
    training_sale_id uuid        not null,
    copy_number      bigint      not null,
    requested_time   timestamptz not null,
    constraint training_copy_pk primary key (training_sale_id, copy_number),
    constraint training_copy_sale_fk foreign key (training_sale_id) references training_sale (training_sale_id),
    constraint training_copy_number_ck check (copy_number >= 0)
);

comment on table training_copy is 'Papers of training tickets that were asked for, numbered as those of tickets are.';

create trigger training_sale_is_final before update or delete or truncate on training_sale
    for each statement execute function refuse_change();
create trigger training_copy_is_final before update or delete or truncate on training_copy
    for each statement execute function refuse_change();

-- A basket keeps the mode it was opened in, and is sold or practised accordingly, whoever writes.
create function refuse_other_mode() returns trigger
language plpgsql
as $$
begin
    if new.training_by is distinct from old.training_by then
        raise exception 'a basket keeps the mode it was opened in';
    end if;
    return new;
end
$$;

comment on function refuse_other_mode is 'Keeps a basket of training from becoming one that is sold, and the other way round.';

create trigger basket_keeps_its_mode before update of training_by on basket
    for each row execute function refuse_other_mode();
