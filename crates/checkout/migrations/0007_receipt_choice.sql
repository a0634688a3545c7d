-- The papers of a ticket, each with a number of its own: an original is printed once, and a duplicate says which it is.

create table ticket_copy (
    sale_id        uuid        not null,
    copy_number    bigint      not null,
    requested_time timestamptz not null,
    constraint ticket_copy_pk primary key (sale_id, copy_number),
    constraint ticket_copy_sale_fk foreign key (sale_id) references sale (sale_id),
    constraint ticket_copy_number_ck check (copy_number >= 0)
);

comment on table ticket_copy is 'Papers of tickets that were asked for, one row each; a number is given before the printer is, so that no two papers bear the same.';
comment on column ticket_copy.copy_number is '0 is the original, which there is only where the shopper chose paper; n is the n-th duplicate.';
comment on column ticket_copy.requested_time is 'When it was asked for, by the business clock; whether it left the printer nobody knows.';

create trigger ticket_copy_is_final before update or delete or truncate on ticket_copy
    for each statement execute function refuse_change();
