-- Lines are given back in parts, each told by its refund: from the event and from the answer to a complaint, counted once.

alter table refunded_line
    add column refund_id      uuid   not null default '00000000-0000-0000-0000-000000000000',
    add column quantity_milli bigint,
    add column total_minor    bigint,
    drop constraint refunded_line_pk,
    add constraint refunded_line_pk primary key (sale_id, line_id, refund_id);

alter table refunded_line alter column refund_id drop default;

comment on table refunded_line is 'A part of a line that was given back, from sales.refunded or from the answer to a complaint; it may be told before its sale, hence no foreign key';
comment on column refunded_line.quantity_milli is 'How much of the goods, 0 where only money went back; null for the whole line, as it was before there were parts. Likewise total_minor';
