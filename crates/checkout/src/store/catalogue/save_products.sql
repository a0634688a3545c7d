-- Creates or changes products, all at once.
insert into product (
    gtin, name, brand, category, net_content, sold_by, vat_code, supplier_code, kind, deposit_gtin, meal_voucher,
    perishable, tile, tare_milli, minimum_age, legal_guarantee
)
select gtin, name, brand, category, net_content, sold_by, vat_code, nullif(supplier_code, ''), kind, deposit_gtin,
       meal_voucher, perishable, tile, tare_milli, minimum_age, legal_guarantee
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::boolean[], $12::boolean[], $13::text[], $14::bigint[],
    $15::smallint[], $16::boolean[]
) as row (
    gtin, name, brand, category, net_content, sold_by, vat_code, supplier_code, kind, deposit_gtin, meal_voucher,
    perishable, tile, tare_milli, minimum_age, legal_guarantee
)
on conflict on constraint product_pk do update
set name = excluded.name,
    brand = excluded.brand,
    category = excluded.category,
    net_content = excluded.net_content,
    sold_by = excluded.sold_by,
    vat_code = excluded.vat_code,
    supplier_code = excluded.supplier_code,
    kind = excluded.kind,
    deposit_gtin = excluded.deposit_gtin,
    meal_voucher = excluded.meal_voucher,
    perishable = excluded.perishable,
    tile = excluded.tile,
    tare_milli = excluded.tare_milli,
    minimum_age = excluded.minimum_age,
    legal_guarantee = excluded.legal_guarantee
