-- What every service keeps beside its own tables so that no event is lost and none is applied twice.
-- Each service carries this text, unchanged, as its own migration 0002.

create table outbox (
    event_id        uuid        not null,
    outbox_order    bigint      not null generated always as identity,
    subject         text        not null,
    type            text        not null,
    source          text        not null,
    traceparent     text,
    payload         json        not null,
    occurred_time   timestamptz not null,
    recorded_time   timestamptz not null default now(),
    published_time  timestamptz,
    stream_sequence bigint,
    constraint outbox_pk primary key (event_id),
    -- What could never be published may never be recorded: one such row would hold up all that follow.
    constraint outbox_subject_ck check (subject ~ '^(sales|reviews|members|receipts)(\.[A-Za-z0-9_-]+)+$'),
    constraint outbox_payload_size_ck check (octet_length(payload::text) <= 900000),
    constraint outbox_header_ck check (
        type ~ '^[!-~]{1,200}$'
        and source ~ '^[!-~]{1,200}$'
        and traceparent ~ '^[0-9a-f-]{1,100}$'
    ),
    constraint outbox_published_ck check ((published_time is null) = (stream_sequence is null))
);

create index outbox_unsent_ix on outbox (outbox_order) where published_time is null;
create index outbox_published_time_ix on outbox (published_time) where published_time is not null;
create index outbox_stream_sequence_ix on outbox (stream_sequence, event_id) where published_time is not null;

comment on table outbox is 'Facts to be published, written in the transaction of the change they tell of; kept 30 days after publication, so that a lost stream can be filled again.';
comment on column outbox.event_id is 'UUID version 7; the Nats-Msg-Id and ce-id of the event, for ever.';
comment on column outbox.outbox_order is 'The order of publication among the rows that are visible; never a cursor, for a lower number may commit later.';
comment on column outbox.payload is 'The JSON text exactly as it is published.';
comment on column outbox.traceparent is 'W3C trace context of the work that recorded the event.';
comment on column outbox.occurred_time is 'When the fact happened, by the clock of the service; the ce-time of the event.';
comment on column outbox.recorded_time is 'When the row was written, by the clock of the database, as all that follows.';
comment on column outbox.published_time is 'When the stream acknowledged the event; null while it is still to be sent, or to be sent again.';
comment on column outbox.stream_sequence is 'Where the stream holds the event, as its acknowledgement said.';

create table consumer (
    stream     text        not null,
    consumer   text        not null,
    since_time timestamptz not null default now(),
    constraint consumer_pk primary key (stream, consumer)
);

comment on table consumer is 'The durable consumers that have ever run on this database: one that was deleted on the server starts again no further back than the inbox remembers.';

create table inbox (
    consumer      text        not null,
    event_id      uuid        not null,
    received_time timestamptz not null default now(),
    constraint inbox_pk primary key (consumer, event_id)
);

create index inbox_received_time_ix on inbox (received_time);

comment on table inbox is 'Events already applied, written in the transaction of their effect: a second delivery finds its row and changes nothing.';
comment on column inbox.received_time is 'When the event was last delivered; a row is kept 60 days beyond that, twice as long as any event can be published again.';

create table dead_letter (
    consumer      text        not null,
    event_id      uuid        not null,
    subject       text        not null,
    type          text        not null,
    payload       bytea       not null,
    headers       jsonb       not null,
    reason        text        not null,
    deliveries    bigint      not null,
    dead_time     timestamptz not null default now(),
    replayed_time timestamptz,
    constraint dead_letter_pk primary key (consumer, event_id)
);

create index dead_letter_waiting_ix on dead_letter (consumer, dead_time) where replayed_time is null;

comment on table dead_letter is 'Events that could not be applied, with the reason; a person looks at them and replays them.';
comment on column dead_letter.event_id is 'The event''s own id, or one derived from its place in the stream when the message carried none.';
comment on column dead_letter.payload is 'The body as it was delivered, which may not be JSON at all.';
comment on column dead_letter.replayed_time is 'When a replay applied it; null while it waits for one.';

create table request (
    caller       text        not null,
    request_id   uuid        not null,
    fingerprint  bytea       not null,
    reply        bytea,
    created_time timestamptz not null default now(),
    constraint request_pk primary key (caller, request_id),
    constraint request_fingerprint_ck check (octet_length(fingerprint) = 32)
);

create index request_created_time_ix on request (created_time);

comment on table request is 'Commands already carried out, claimed in the transaction of their effect; a repeat within 30 days gets the first reply.';
comment on column request.caller is 'Who asked, from the certificate or the session, never from the message.';
comment on column request.fingerprint is 'SHA-256 of the message: the same id with another content is refused.';
comment on column request.reply is 'The first reply; null when it holds personal data, or when the service can read it again.';
