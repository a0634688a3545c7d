-- Card payments that are known: those of sales, first. A card of meal vouchers is one too: the card terminal reads it.
select sale_id as "id!", true as "is_sale!", terminal_code as "terminal_code!", completed_time as "time!",
       (tender ->> 'amount')::bigint as "amount!", coalesce(tender #>> '{card,pan_last4}', '') as "pan_last4!",
       coalesce(tender #>> '{card,authorisation}', '') as "authorisation!",
       tender ->> 'kind' = 'meal_voucher' as "by_vouchers!"
from sale
cross join jsonb_array_elements(sale.ticket -> 'payments') as tender
where terminal_code = any ($1)
  and completed_time between $2 and $3
  and tender ->> 'kind' in ('card', 'meal_voucher')
union all
-- Settled, and its sale or its part not told yet; that of a basket that is not paid for any more is money without a sale.
select intervention_id, false, terminal_code, answered_time, (detail ->> 'amount')::bigint,
       coalesce(detail ->> 'pan_last4', ''), coalesce(detail ->> 'authorisation', ''),
       coalesce(detail ->> 'card_kind', '') = 'meal_voucher'
from intervention
where terminal_code = any ($1)
  and answered_time between $2 and $3
  and kind = 'payment_unknown'
  and decision = 'approve'
  and not training
  and exists (
      select
      from basket
      where basket.basket_id = intervention.basket_id
        and basket.state = 'frozen'
  )
  and not exists (
      select
      from basket
      cross join jsonb_array_elements(basket.entries) as entry
      where basket.basket_id = intervention.basket_id
        and entry ->> 'edit' = 'take_tender'
        and entry #>> '{given,tender_id}' = intervention.detail ->> 'attempt_id'
  )
union all
-- Held, beside another payment of the basket that nobody knows of.
select basket.basket_id, false, basket.terminal_code, (entry ->> 'time')::timestamptz,
       (entry #>> '{given,amount}')::bigint, coalesce(entry #>> '{given,card,pan_last4}', ''),
       coalesce(entry #>> '{given,card,authorisation}', ''), entry #>> '{given,kind}' = 'meal_voucher'
from basket
cross join jsonb_array_elements(basket.entries) as entry
where basket.state = 'frozen'
  and basket.basket_id in (
      select intervention.basket_id
      from intervention
      where intervention.terminal_code = any ($1)
        and kind = 'payment_unknown'
        and answered_time is null
        and not training
  )
  and entry ->> 'edit' = 'take_tender'
  and entry #>> '{given,kind}' in ('card', 'meal_voucher')
