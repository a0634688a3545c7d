-- What the links of a mail open, what was said and asked back through them, and what became of it. There is no person here: of the
-- member nothing is known but whether there was one.

create table purchase (
    sale_id        uuid        not null,
    store_code     text        not null,
    store_name     text        not null,
    time_zone      text        not null,
    currency_code  text        not null,
    completed_time timestamptz not null,
    member         boolean     not null,
    constraint purchase_pk primary key (sale_id)
);
comment on table purchase is 'A sale, from sales.completed';
comment on column purchase.member is 'A member made the sale, so that store credit can be offered; which one is not known here';

create table purchase_line (
    sale_id        uuid    not null,
    line_id        integer not null,
    gtin           text    not null,
    name           text    not null,
    supplier_code  text    not null,
    sold_by        text    not null,
    quantity_milli bigint  not null,
    total_minor    bigint  not null,
    constraint purchase_line_pk primary key (sale_id, line_id),
    constraint purchase_line_purchase_fk foreign key (sale_id) references purchase (sale_id)
);
comment on table purchase_line is 'A line of a sale as its ticket shows it';
comment on column purchase_line.supplier_code is 'Who sees the reviews of the line beside the store; empty for nobody';

create table refunded_line (
    sale_id uuid    not null,
    line_id integer not null,
    constraint refunded_line_pk primary key (sale_id, line_id)
);
comment on table refunded_line is 'A line that was given back, from sales.refunded or from the answer to a complaint; it may be told before its sale, hence no foreign key';

create table invitation (
    token_sha256 bytea       not null,
    purpose      text        not null,
    sale_id      uuid        not null,
    issued_time  timestamptz not null,
    constraint invitation_pk primary key (token_sha256),
    constraint invitation_token_ck check (octet_length(token_sha256) = 32),
    constraint invitation_purpose_ck check (purpose in ('review', 'refund'))
);
comment on table invitation is 'A link of a mail, from receipts.invited: one sale, one purpose; a sale may have several. It may be told before its sale, hence no foreign key';
comment on column invitation.token_sha256 is 'The token itself is in the mail and nowhere else';

create table review (
    review_id            uuid        not null,
    sale_id              uuid        not null,
    line_id              integer     not null,
    store_code           text        not null,
    supplier_code        text        not null,
    rating               smallint    not null,
    comment              text        not null,
    revision             integer     not null,
    first_submitted_time timestamptz not null,
    submitted_time       timestamptz not null,
    reply                text,
    replied_time         timestamptz,
    constraint review_pk primary key (review_id),
    -- One review a line, for ever, whatever becomes of request ids.
    constraint review_line_uq unique (sale_id, line_id),
    constraint review_line_fk foreign key (sale_id, line_id) references purchase_line (sale_id, line_id),
    constraint review_rating_ck check (rating between 1 and 5),
    constraint review_comment_ck check (char_length(comment) <= 2000),
    constraint review_revision_ck check (revision >= 1),
    constraint review_reply_ck check (char_length(reply) between 1 and 2000),
    constraint review_replied_ck check ((reply is null) = (replied_time is null))
);
create index review_store_ix on review (store_code, first_submitted_time desc, review_id desc);
create index review_supplier_ix on review (supplier_code, first_submitted_time desc, review_id desc) where supplier_code <> '';
comment on table review is 'What a shopper says of a purchased line: the latest revision';
comment on column review.store_code is 'That of the sale, again, for the index; likewise supplier_code of the line';
comment on column review.submitted_time is 'When this revision was sent';

create table complaint (
    complaint_id        uuid        not null,
    sale_id             uuid        not null,
    request_id          uuid        not null,
    line_ids            integer[]   not null,
    payout              text        not null,
    comment             text        not null,
    checkout_request_id uuid        not null,
    state               text        not null default 'asked',
    amount_minor        bigint,
    refusal             text,
    complained_time     timestamptz not null,
    attempts            integer     not null default 0,
    next_attempt_time   timestamptz not null,
    settled_time        timestamptz,
    constraint complaint_pk primary key (complaint_id),
    constraint complaint_request_uq unique (sale_id, request_id),
    constraint complaint_checkout_request_uq unique (checkout_request_id),
    constraint complaint_purchase_fk foreign key (sale_id) references purchase (sale_id),
    constraint complaint_payout_ck check (payout in ('desk', 'store_credit')),
    constraint complaint_comment_ck check (char_length(comment) <= 2000),
    constraint complaint_state_ck check (state in ('asked', 'refunded', 'refused')),
    constraint complaint_amount_ck check ((state = 'refunded') = (amount_minor is not null)),
    constraint complaint_refusal_ck check (
        (state = 'refused') = (refusal is not null)
        and refusal in ('line_already_refunded', 'refund_period_over', 'no_member')
    ),
    constraint complaint_settled_ck check ((state = 'asked') = (settled_time is null))
);
create index complaint_asked_ix on complaint (next_attempt_time) where state = 'asked';
comment on table complaint is 'A wish to give lines back: kept before checkout is asked, and asked again until checkout answers';
comment on column complaint.checkout_request_id is 'Made from the sale and the form''s request id, and the same on every attempt: checkout gives the money back once';
comment on column complaint.next_attempt_time is 'By the database''s clock: when a worker may ask again; in the future while somebody is asking';

create table complaint_line (
    sale_id      uuid    not null,
    line_id      integer not null,
    complaint_id uuid    not null,
    constraint complaint_line_pk primary key (sale_id, line_id),
    constraint complaint_line_purchase_fk foreign key (sale_id, line_id) references purchase_line (sale_id, line_id),
    constraint complaint_line_complaint_fk foreign key (complaint_id) references complaint (complaint_id)
);
create index complaint_line_complaint_ix on complaint_line (complaint_id);
comment on table complaint_line is 'The complaint that holds a line: it is not asked for twice. A refused complaint lets its lines go';
