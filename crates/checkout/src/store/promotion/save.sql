-- Creates a promotion or changes it.
insert into promotion as kept (
    promotion_code, label, category, gtins, store_codes, benefit, percent_basis_points, amount_minor, take, pay,
    at_least_minor, start_time, end_time, from_minute, to_minute, weekdays, on_claim, members_only, exclusive,
    basket_limit, member_limit, total_limit, announcement
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23
)
on conflict on constraint promotion_pk do update
set label = excluded.label,
    category = excluded.category,
    gtins = excluded.gtins,
    store_codes = excluded.store_codes,
    benefit = excluded.benefit,
    percent_basis_points = excluded.percent_basis_points,
    amount_minor = excluded.amount_minor,
    take = excluded.take,
    pay = excluded.pay,
    at_least_minor = excluded.at_least_minor,
    start_time = excluded.start_time,
    end_time = excluded.end_time,
    from_minute = excluded.from_minute,
    to_minute = excluded.to_minute,
    weekdays = excluded.weekdays,
    on_claim = excluded.on_claim,
    members_only = excluded.members_only,
    exclusive = excluded.exclusive,
    basket_limit = excluded.basket_limit,
    member_limit = excluded.member_limit,
    total_limit = excluded.total_limit,
    announcement = excluded.announcement
where kept is distinct from excluded
