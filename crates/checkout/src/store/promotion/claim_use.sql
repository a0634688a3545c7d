-- One more basket of a promotion whose row is locked, if its limits allow it; or one that was claimed before.
with promised as (
    select promotion.promotion_code,
           promotion.total_limit is null
           or promotion.total_limit > (
               select count(*)
               from promotion_use as others
               where others.promotion_code = $1
                 and others.basket_id <> $2
           ) as is_left,
           promotion.member_limit is null
           or promotion.member_limit > (
               select count(*)
               from promotion_use as others
               where others.promotion_code = $1
                 and others.member_id = $3::uuid
                 and others.basket_id <> $2
           ) as is_left_for_member
    from promotion
    where promotion.promotion_code = $1
), claimed as (
    insert into promotion_use (promotion_code, basket_id, member_id, used_time)
    select promised.promotion_code, $2, $3::uuid, $4
    from promised
    where promised.is_left
      and promised.is_left_for_member
    on conflict on constraint promotion_use_pk do update
    set member_id = excluded.member_id
    returning promotion_code
)
select exists (select from claimed) as "is_given!",
       exists (select from promised where promised.is_left) as "is_left!"
