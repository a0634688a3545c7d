-- Lines are given back in parts: so much of the goods, so much of the money. Each row says what is left after it, and nothing can be below
-- nothing; its number among the parts of its line is a key, so that two who read the same state cannot both write.

alter table refund_line
    add column part                integer not null default 1,
    add column quantity_milli      bigint,
    add column total_minor         bigint,
    add column left_quantity_milli bigint  not null default 0,
    add column left_minor          bigint  not null default 0,
    drop constraint refund_line_pk,
    add constraint refund_line_pk primary key (sale_id, line_id, part);

-- Until today lines went back whole.
alter table refund_line disable trigger refund_line_is_final;
update refund_line
set quantity_milli = (line ->> 'quantity')::bigint,
    total_minor = (line ->> 'total')::bigint
from refund
cross join lateral jsonb_array_elements(refund.credit_note -> 'lines') as line
where refund.refund_id = refund_line.refund_id
  and (line ->> 'line_id')::integer = refund_line.line_id;
alter table refund_line enable trigger refund_line_is_final;

alter table refund_line
    alter column part drop default,
    alter column quantity_milli set not null,
    alter column total_minor set not null,
    alter column left_quantity_milli drop default,
    alter column left_minor drop default,
    add constraint refund_line_part_ck check (part > 0),
    add constraint refund_line_quantity_ck check (quantity_milli >= 0),
    add constraint refund_line_total_ck check (total_minor >= 0),
    add constraint refund_line_left_ck check (left_quantity_milli >= 0 and left_minor >= 0);

comment on table refund_line is 'Which parts of which lines were given back. Never updated.';
comment on column refund_line.part is 'The number of the part among those of its line, from 1.';
comment on column refund_line.quantity_milli is 'How much of the goods, in thousandths; 0 where only money went back.';
comment on column refund_line.left_minor is 'What of the money that was paid for the line is left to give back after this part; likewise left_quantity_milli.';
