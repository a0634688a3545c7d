-- The fiscal journal: every sealed record of every till in one table that only grows. What was sealed before stood beside its sale.

create table fiscal_record (
    terminal_code text        not null,
    kind          text        not null,
    sequence      bigint      not null,
    store_code    text        not null,
    sealed_time   timestamptz not null,
    payload       bytea       not null,
    hash          bytea       not null,
    signature     bytea,
    period        text,
    constraint fiscal_record_pk primary key (terminal_code, kind, sequence),
    constraint fiscal_record_kind_ck check (
        kind in ('ticket', 'credit_note', 'copy', 'closing', 'archive', 'event', 'training')
    ),
    constraint fiscal_record_sequence_ck check (sequence > 0),
    constraint fiscal_record_hash_ck check (octet_length(hash) = 32),
    constraint fiscal_record_period_ck check ((kind = 'closing') = (period is not null)),
    constraint fiscal_record_period_word_ck check (period in ('day', 'month', 'year'))
);

comment on table fiscal_record is 'What was sealed, per till and kind in chains without gaps. Rows are added and never changed: the service''s own role may do no more.';
comment on column fiscal_record.payload is 'The sealed bytes: business values only, no person and no id of this database.';
comment on column fiscal_record.signature is 'Of the hash, by the till''s key.';
comment on column fiscal_record.period is 'Of a closing: what was closed.';

insert into fiscal_record (terminal_code, kind, sequence, store_code, sealed_time, payload, hash)
select terminal_code, 'ticket', sequence, store_code, completed_time, fiscal_payload, fiscal_hash from sale
union all
select terminal_code, 'credit_note', sequence, store_code, refunded_time, fiscal_payload, fiscal_hash from refund
union all
select terminal_code, 'training', sequence, store_code, completed_time, fiscal_payload, fiscal_hash from training_sale;

alter table sale drop column fiscal_payload;
alter table refund drop column fiscal_payload;
alter table training_sale drop column fiscal_payload;

-- What was sealed before keys is not signed; everything from now on is.
alter table fiscal_record
    add constraint fiscal_record_signature_ck check (signature is not null and octet_length(signature) = 64) not valid;

create index fiscal_record_closing_ix on fiscal_record (terminal_code, period, sequence) where kind = 'closing';

create trigger fiscal_record_is_final before update or delete or truncate on fiscal_record
    for each statement execute function refuse_change();

-- An owner may take rights from itself: what is left is to add and to read.
revoke update, delete, truncate on fiscal_record from current_user;

alter table terminal_head
    add column closed_until timestamptz,
    drop constraint terminal_head_kind_ck,
    add constraint terminal_head_kind_ck check (
        kind in ('ticket', 'credit_note', 'copy', 'closing', 'archive', 'event', 'training')
    );

comment on column terminal_head.closed_until is 'Of tickets and credit notes: the end of the last day that was closed. Nothing is sealed with an earlier time.';

create table document_sending (
    delivery_id     uuid        not null,
    sale_id         uuid        not null,
    refund_id       uuid,
    settled_time    timestamptz not null,
    sealed_sequence bigint,
    constraint document_sending_pk primary key (delivery_id)
);

create index document_sending_open_ix on document_sending (settled_time) where sealed_sequence is null;
create index document_sending_refund_ix on document_sending (refund_id) where refund_id is not null;

comment on table document_sending is 'Mails that left, or may have left, as receipt told: each is sealed as a copy of its document.';
comment on column document_sending.sealed_sequence is 'The number in the till''s chain of copies; null until it is sealed.';
