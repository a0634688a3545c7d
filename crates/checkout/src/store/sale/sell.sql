-- A sale, whole or not at all: each part needs the one before, and the last one counts.
-- The till's chain comes first, as for everybody who adds to it: a repeat of the command waits for it, and never the other way round.
with moved as (
    insert into terminal_head (terminal_code, kind, sequence, hash)
    values ($4, 'ticket', $5, $6)
    on conflict on constraint terminal_head_pk do update
    set sequence = excluded.sequence,
        hash = excluded.hash
    where terminal_head.sequence = $5 - 1
      and terminal_head.hash = $7
      and (terminal_head.closed_until is null or terminal_head.closed_until <= $12)
    returning sequence
), claimed as (
    insert into request (caller, request_id, fingerprint)
    select $1, $2, $3
    from moved
    on conflict on constraint request_pk do nothing
    returning request_id
), paid as (
    update basket
    set state = 'paid',
        entries = entries || $8,
        basket_version = basket_version + 1
    from claimed
    where basket.terminal_code = $4
      and basket.basket_id = $9
      and basket.state = 'frozen'
      and basket.training_by is null
      and basket.basket_version = $10
    returning basket.basket_id, basket.store_code
), sold as (
    insert into sale (
        sale_id, basket_id, terminal_code, store_code, sequence, completed_time, total_minor, currency, member_id,
        ticket, fiscal_hash, slip_texts
    )
    select $11, paid.basket_id, $4, paid.store_code, $5, $12, $13, $14, $15::uuid, $16, $6, $18
    from paid
    returning store_code
), sealed as (
    insert into fiscal_record (terminal_code, kind, sequence, store_code, sealed_time, payload, hash, signature)
    select $4, 'ticket', $5, sold.store_code, $12, $17, $6, $25
    from sold
    returning sequence
), recorded as (
    insert into outbox (event_id, subject, type, source, traceparent, payload, occurred_time)
    select $19, $20, $21, $22, $23, $24::text::json, $12
    from sealed
    returning event_id
)
select count(*) as "written!"
from recorded
