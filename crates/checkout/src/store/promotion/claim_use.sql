-- One more basket of a promotion whose row is locked, if its limits allow it; or one that was claimed before.
with allowed as (
    select promotion.promotion_code
    from promotion
    where promotion.promotion_code = $1
      and (
          promotion.total_limit is null
          or promotion.total_limit > (
              select count(*)
              from promotion_use as others
              where others.promotion_code = $1
                and others.basket_id <> $2
          )
      )
      and (
          promotion.member_limit is null
          or promotion.member_limit > (
              select count(*)
              from promotion_use as others
              where others.promotion_code = $1
                and others.member_id = $3::uuid
                and others.basket_id <> $2
          )
      )
), claimed as (
    insert into promotion_use (promotion_code, basket_id, member_id, used_time)
    select allowed.promotion_code, $2, $3::uuid, $4
    from allowed
    on conflict on constraint promotion_use_pk do update
    set member_id = excluded.member_id
    returning promotion_code
)
select exists (select from claimed) as "claimed!"
