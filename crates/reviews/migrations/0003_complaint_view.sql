-- Complaints are shown as reviews are: to the store of the purchase, and to the suppliers of the products. Both are copied to where the
-- listing looks for them.

alter table complaint
    add column store_code     text,
    add column supplier_codes text[];

update complaint
set store_code = purchase.store_code,
    supplier_codes = array(
        select distinct purchase_line.supplier_code
        from purchase_line
        where purchase_line.sale_id = complaint.sale_id
          and purchase_line.line_id = any(complaint.line_ids)
          and purchase_line.supplier_code <> ''
    )
from purchase
where purchase.sale_id = complaint.sale_id;

alter table complaint
    alter column store_code set not null,
    alter column supplier_codes set not null;

create index complaint_store_ix on complaint (store_code, complained_time desc, complaint_id desc);
create index complaint_supplier_ix on complaint using gin (supplier_codes);

comment on column complaint.store_code is 'That of the sale, again, for the index';
comment on column complaint.supplier_codes is 'Those of the lines, each once, again, for the index; who delivers none of them does not see the complaint';
