-- A complaint asks for parts of lines, and checkout may leave the decision to a person of the store.

alter table complaint
    add column quantities_milli bigint[] not null default '{}',
    add column deciding         boolean  not null default false,
    drop constraint complaint_refusal_ck,
    add constraint complaint_refusal_ck check (
        (state = 'refused') = (refusal is not null)
        and refusal in ('line_already_refunded', 'refund_above_line', 'refund_period_over', 'no_member', 'declined')
    ),
    add constraint complaint_quantities_ck check (cardinality(quantities_milli) in (0, cardinality(line_ids)));

alter table complaint alter column quantities_milli drop default;

comment on column complaint.quantities_milli is 'How much of each line, in thousandths, in their order; 0 for all that is left of it. Empty in complaints from before there were parts.';
comment on column complaint.deciding is 'Checkout has answered that a person of the store decides; it is asked again what has become of it.';

-- What is settled holds no line: what is left of one can be asked for.
delete from complaint_line
using complaint
where complaint.complaint_id = complaint_line.complaint_id
  and complaint.state = 'refunded';

comment on table complaint_line is 'The complaint that holds a line: it is not asked for twice. A settled complaint lets its lines go';
