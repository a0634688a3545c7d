-- One row per document that a shopper is owed. No person: a member's id at most; the address, the name and the links of a mail are
-- in memory while it is sent, and nowhere else.

create table delivery (
    delivery_id       uuid        not null,
    kind              text        not null,
    sale_id           uuid        not null,
    refund_id         uuid,
    store_code        text        not null,
    member_id         uuid,
    state             text        not null,
    attempts          integer     not null default 0,
    next_attempt_time timestamptz not null default now(),
    lease_until       timestamptz,
    document          jsonb       not null,
    traceparent       text,
    message_id        text,
    with_slip         boolean     not null default false,
    outcome           text        not null default '',
    queued_time       timestamptz not null,
    settled_time      timestamptz,
    constraint delivery_pk primary key (delivery_id),
    constraint delivery_kind_ck check (
        (kind = 'receipt' and refund_id is null) or (kind = 'credit_note' and refund_id is not null)
    ),
    constraint delivery_state_ck check (
        state in ('queued', 'leased', 'sending', 'sent', 'unknown', 'failed', 'other')
    ),
    constraint delivery_lease_ck check ((lease_until is not null) = (state in ('leased', 'sending'))),
    constraint delivery_settled_ck check ((settled_time is not null) = (state in ('sent', 'unknown', 'failed', 'other'))),
    constraint delivery_addressee_ck check (member_id is not null or state = 'other')
);

-- A sale has one receipt and a refund one credit note, however often and under whatever id their events come.
create unique index delivery_receipt_uq on delivery (sale_id) where kind = 'receipt';
create unique index delivery_credit_note_uq on delivery (refund_id) where kind = 'credit_note';
create index delivery_due_ix on delivery (next_attempt_time) where state in ('queued', 'leased');
create index delivery_sending_ix on delivery (lease_until) where state = 'sending';
create index delivery_store_ix on delivery (store_code, delivery_id);
create index delivery_unknown_ix on delivery (delivery_id) where state = 'unknown';

comment on table delivery is 'The mail of one document: queued, leased, sending, then sent, unknown, failed or other.';
comment on column delivery.delivery_id is 'UUID version 7 of when the event came: newest last.';
comment on column delivery.member_id is 'Whose address is asked of membership at each attempt; null when the sale had no member.';
comment on column delivery.state is 'leased: being prepared, nothing was said to the mail server; sending: the mail server may have the mail; unknown: it may have, and nobody knows.';
comment on column delivery.attempts is 'Leases taken. Whoever holds an older number has lost the lease and changes nothing any more.';
comment on column delivery.next_attempt_time is 'By the clock of the database, as lease_until.';
comment on column delivery.document is 'What the ticket shows, as the event told it.';
comment on column delivery.traceparent is 'W3C trace context of the event, so that the mail is in the trace of the sale.';
comment on column delivery.outcome is 'Code of the mail server''s reply, or reason of the state; never its text, which may name the addressee.';
comment on column delivery.queued_time is 'By the clock of the service, as settled_time.';
