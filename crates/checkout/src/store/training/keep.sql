-- A training ticket, whole or not at all, as a sale is written: each part needs the one before, and the last one counts.
-- There is no event: what was practised is told to nobody.
with moved as (
    insert into terminal_head (terminal_code, kind, sequence, hash)
    values ($4, 'training', $5, $6)
    on conflict on constraint terminal_head_pk do update
    set sequence = excluded.sequence,
        hash = excluded.hash
    where terminal_head.sequence = $5 - 1
      and terminal_head.hash = $7
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
      and basket.training_by is not null
      and basket.basket_version = $10
    returning basket.basket_id, basket.store_code
), kept as (
    insert into training_sale (
        training_sale_id, basket_id, terminal_code, store_code, sequence, completed_time, total_minor, currency,
        training_by, token_sha256, ticket, fiscal_hash, slip_texts
    )
    select $11, paid.basket_id, $4, paid.store_code, $5, $12, $13, $14, $15, $16::text, $17, $6, $19
    from paid
    returning store_code
), sealed as (
    insert into fiscal_record (terminal_code, kind, sequence, store_code, sealed_time, payload, hash, signature)
    select $4, 'training', $5, kept.store_code, $12, $18, $6, $20
    from kept
    returning sequence
)
select count(*) as "written!"
from sealed
