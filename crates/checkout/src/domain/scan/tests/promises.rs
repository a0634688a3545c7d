//! Cases, deposits, weighings, coupons, expired and recalled goods, codes that nobody knows.

use super::*;

/// An element string of GS1: article, last day, batch.
fn element(body: &str, more: &str) -> String {
    format!("]C101{}{more}", gtin(body))
}

#[test]
fn a_code_that_nobody_knows_is_kept_for_the_attendant() {
    let code = complete("952400000009");
    let unknown = Read::Unknown { code: format!("0{code}"), scanned: code.clone() };
    assert_eq!(read_at(contents(), NOW, &code, wanted(0)), Ok(unknown));
    let (label, number) = (complete("268888801250"), complete("268888800000"));
    let unknown = Read::Unknown { code: format!("0{number}"), scanned: label.clone() };
    assert_eq!(read_at(contents(), NOW, &label, wanted(0)), Ok(unknown), "the number, and all that was said");
}

#[test]
fn a_case_of_six_is_a_line_of_six() {
    let case = |milli| article(read_at(contents(), NOW, &complete("1952400000005"), wanted(milli)));
    let (item, quantity) = case(0).unwrap();
    assert_eq!((item.gtin, quantity.get()), (gtin("952400000005"), 6_000));
    assert_eq!(case(2_000).unwrap().1.get(), 12_000);
    assert_eq!(case(170_000), Err(ScanError::QuantityOutOfRange));
}

#[test]
fn goods_carry_their_deposit_and_an_empty_brings_it_back_by_either_code() {
    let contents = contents();
    let (item, _) = article(read_at(contents.clone(), NOW, &complete("952400000005"), wanted(0))).unwrap();
    assert_eq!(item.packaging().unwrap().unit_price.get(), 20);
    let catalogue = Catalogue::from(contents);
    let counter = Counter { catalogue: &catalogue, store_code: "LILLE", now: NOW };
    for body in ["952400000005", "952400000006"] {
        let (item, pieces) = read_deposit(counter, &complete(body), Quantity::ZERO).unwrap();
        assert_eq!((item.kind, item.unit_price.get(), pieces), (LineKind::DepositReturn, -20, Quantity::ONE));
        assert_eq!(item.vat_rate_basis_points, 0);
    }
    let none = read_deposit(counter, &complete("952400000001"), Quantity::ZERO);
    assert_eq!(none.unwrap_err(), ScanError::NotADeposit);
}

#[test]
fn the_code_of_a_case_brings_all_its_empties_back() {
    let catalogue = Catalogue::from(contents());
    let counter = Counter { catalogue: &catalogue, store_code: "LILLE", now: NOW };
    let back = |milli| read_deposit(counter, &complete("1952400000005"), Quantity::new(milli));
    let pieces = |milli| back(milli).map(|(item, pieces)| (item.gtin, pieces.get()));
    assert_eq!(pieces(0), Ok((gtin("952400000006"), 6_000)));
    assert_eq!(pieces(2_000), Ok((gtin("952400000006"), 12_000)));
    for absurd in [-1_000, 500, 170_000, i64::MAX] {
        assert_eq!(back(absurd), Err(ScanError::QuantityOutOfRange), "{absurd}");
    }
}

#[test]
fn a_weighing_keeps_its_tare_and_shows_its_price_by_the_kilogram() {
    let weighed = Wanted { quantity: Quantity::new(350), tare: Quantity::new(24) };
    let (item, quantity) = article(read_at(contents(), NOW, &complete("261234500000"), weighed)).unwrap();
    assert_eq!((item.tare.get(), quantity.get()), (24, 350));
    let of = |item: Item| item.measure.map(|of| (of.measure.as_str(), of.price.get()));
    assert_eq!(of(item), Some(("kg", 1_990)));
    let (pack, _) = article(read_at(contents(), NOW, &complete("952400000001"), wanted(0))).unwrap();
    assert_eq!(of(pack), Some(("kg", 3_980)), "a pack of 500 grams");
}

#[test]
fn a_coupon_is_a_claim_of_its_digits() {
    let code = complete("981234567890");
    assert_eq!(read_at(contents(), NOW, &code, wanted(0)), Ok(Read::Coupon { promotion_code: code.clone() }));
}

#[test]
fn goods_past_their_date_stop_at_the_scan_by_the_calendar_of_the_store() {
    let at = |now| read_at(contents(), now, &element("952400000001", "17260502"), wanted(0));
    assert!(at(NOW).is_ok(), "the last day is a day");
    assert!(at(datetime!(2026-05-02 21:59 UTC)).is_ok());
    assert_eq!(at(datetime!(2026-05-02 22:00 UTC)), Err(ScanError::Expired), "midnight in Lille");
}

#[test]
fn goods_past_their_hour_stop_at_the_scan_by_the_clock_of_the_store() {
    let at = |now, more: &str| read_at(contents(), now, &element("952400000001", more), wanted(0));
    let until_six = "70032605021800";
    assert!(at(datetime!(2026-05-02 15:59:59 UTC), until_six).is_ok());
    assert_eq!(at(datetime!(2026-05-02 16:00 UTC), until_six), Err(ScanError::Expired), "six in Lille");
    let noon = datetime!(2026-05-02 10:00 UTC);
    assert_eq!(at(noon, "17260501\u{1d}70032605021800"), Err(ScanError::Expired), "neither hides the other");
    assert_eq!(at(noon, "17260503\u{1d}70032605021200"), Err(ScanError::Expired));
    // The night in which 02:30 comes twice.
    let autumn = "70032610250230";
    assert!(at(datetime!(2026-10-25 00:29 UTC), autumn).is_ok());
    assert_eq!(
        at(datetime!(2026-10-25 01:15 UTC), autumn),
        Err(ScanError::Expired),
        "not sold again at 02:15"
    );
}

#[test]
fn goods_outside_their_hours_stop_at_the_scan_by_the_clock_of_the_store() {
    let at = |hours: &str, now| {
        let mut contents = contents();
        contents.stores[0].closed_hours = vec![hours.parse().unwrap()];
        read_at(contents, now, &complete("952400000001"), wanted(0))
    };
    let night = "20:00-08:00 Vrac";
    let closed = |hours: &str| Err(ScanError::NotSoldNow { hours: hours.to_owned() });
    assert!(at(night, datetime!(2026-05-02 17:59:59 UTC)).is_ok());
    assert_eq!(at(night, datetime!(2026-05-02 18:00 UTC)), closed(night), "eight in the evening in Lille");
    assert_eq!(at(night, datetime!(2026-05-03 00:30 UTC)), closed(night), "across midnight");
    assert!(at(night, datetime!(2026-05-03 06:00 UTC)).is_ok());
    assert!(at("00:00-24:00 Vins", NOW).is_ok(), "goods of another category");
}

#[test]
fn recalled_goods_stop_at_the_scan_and_a_batch_is_kept() {
    let recall = |batch: &str, end| Recall {
        recall_id: RecallId(uuid::Uuid::nil()),
        gtin: gtin("952400000001"),
        batch: batch.to_owned(),
        reason: "éclats de verre".to_owned(),
        start: NOW,
        end,
    };
    let scan = |recall: Recall, now, more: &str| {
        read_at(
            Contents { recalls: vec![recall], ..contents() },
            now,
            &element("952400000001", more),
            wanted(0),
        )
    };
    let recalled = Err(ScanError::Recalled { reason: "éclats de verre".to_owned() });
    assert_eq!(scan(recall("", None), NOW, ""), recalled);
    assert_eq!(scan(recall("L7", None), NOW, "10L7"), recalled);
    let (other, _) = article(scan(recall("L7", None), NOW, "10L8")).unwrap();
    assert_eq!(other.batch, "L8");
    assert!(scan(recall("L7", None), NOW, "").is_ok(), "nobody knows the batch");
    assert!(scan(recall("", None), NOW - time::Duration::SECOND, "").is_ok());
    assert!(scan(recall("", Some(NOW + time::Duration::HOUR)), NOW + time::Duration::HOUR, "").is_ok());
}

#[test]
fn an_announced_reduction_brings_the_lowest_price_of_the_thirty_days_before() {
    let mut contents = contents();
    for promotion in &mut contents.promotions {
        promotion.announcement = Announcement::PriorPrice;
        promotion.start = NOW - time::Duration::HOUR;
    }
    let (item, _) = article(read_at(contents, NOW, &complete("952400000001"), wanted(0))).unwrap();
    assert_eq!(item.offers[0].prior_price, Some(Cents::new(1_990)));
}

#[test]
fn an_announced_reduction_is_none_for_goods_of_which_nobody_knows_what_they_cost_before() {
    let reduced = |announcement, sold_since, perishable| {
        let mut contents = contents();
        for promotion in &mut contents.promotions {
            promotion.announcement = announcement;
            promotion.start = NOW - time::Duration::HOUR;
        }
        for price in &mut contents.prices {
            price.valid_from = sold_since;
        }
        for product in &mut contents.products {
            product.perishable = perishable;
        }
        let (item, _) = article(read_at(contents, NOW, &complete("952400000001"), wanted(0))).unwrap();
        item.offers.len()
    };
    assert_eq!(reduced(Announcement::No, NOW, false), 1);
    assert_eq!(reduced(Announcement::PriorPrice, BEFORE, false), 1);
    assert_eq!(reduced(Announcement::PriorPrice, NOW, false), 0);
    assert_eq!(reduced(Announcement::Perishable, NOW, true), 1, "excepted, explicitly");
    assert_eq!(reduced(Announcement::Perishable, NOW, false), 0, "the exception is that of the goods");
}

#[test]
fn a_store_reads_labels_by_rules_of_its_own() {
    let mut contents = contents();
    contents.stores[0].label_rules = vec!["20.....{NNDDD} weight".parse().unwrap()];
    contents.products.push(product("201234500000", SoldBy::Kilogram));
    let price = DatedPrice { gtin: gtin("201234500000"), ..contents.prices[0].clone() };
    contents.prices.push(price);
    let (_, quantity) =
        article(read_at(contents.clone(), NOW, &complete("201234501250"), wanted(0))).unwrap();
    assert_eq!(quantity.get(), 1_250);
    let house = read_at(contents, NOW, &complete("261234501250"), wanted(0));
    assert!(matches!(house, Ok(Read::Unknown { .. })), "the rules of the house do not hold there");
}
