use uuid::Uuid;

use super::*;

const ALONE: Ground = Ground { is_fresh: true, is_alone: true };

fn sold(id: &str, till: &str, sequence: i64, total_minor: i64) -> Sold {
    let (sale_id, terminal_code) = (id.to_owned(), till.to_owned());
    Sold { basket_id: Uuid::nil(), sale_id, terminal_code, sequence, total_minor }
}

/// Three sales at two tills, as they were told, and as they are given back and counted.
fn day() -> (Vec<Sold>, Vec<Option<Sold>>, Counted) {
    let told = vec![sold("a", "X", 1, 100), sold("b", "X", 2, 250), sold("c", "Y", 1, 99)];
    let kept = told.iter().cloned().map(Some).collect();
    (told, kept, Counted { sales: 3, minor: 449 })
}

fn told(plant: impl FnOnce(&mut Vec<Sold>, &mut Vec<Option<Sold>>, &mut Counted)) -> Vec<String> {
    let (mut sold, mut kept, mut counted) = day();
    plant(&mut sold, &mut kept, &mut counted);
    compare(&sold, &kept, counted, ALONE).disagreements
}

#[test]
fn books_that_agree_say_nothing() {
    let (sold, kept, counted) = day();
    let books = compare(&sold, &kept, counted, ALONE);
    assert_eq!((books.acknowledged, books.found, books.acknowledged_minor), (3, 3, 449));
    assert_eq!(books.disagreements, Vec::<String>::new());
}

#[test]
fn every_planted_error_is_found() {
    let missing = told(|_, kept, _| kept[1] = None);
    assert_eq!(missing, ["sale b was acknowledged and is not there"]);
    let total = told(|_, kept, _| kept[1] = Some(sold("b", "X", 2, 251)));
    assert!(total[0].starts_with("sale b is not as it was told"), "{total:?}");
    let number = told(|_, kept, _| kept[2] = Some(sold("c", "Y", 2, 99)));
    assert!(number[0].starts_with("sale c is not as it was told"), "{number:?}");
    let other = told(|_, kept, _| kept[2] = Some(sold("d", "Y", 1, 99)));
    assert!(other[0].starts_with("sale c is not as it was told"), "{other:?}");
    let gap = told(|sold, kept, _| {
        sold[1].sequence = 3;
        kept[1] = Some(sold[1].clone());
    });
    assert_eq!(gap, ["the numbers of X from 1 have a gap"]);
    let same = told(|sold, kept, _| {
        sold[1].sequence = 1;
        kept[1] = Some(sold[1].clone());
    });
    assert_eq!(same, ["the numbers of X from 1 have a gap"]);
    let late = told(|sold, kept, _| {
        sold[2].sequence = 2;
        kept[2] = Some(sold[2].clone());
    });
    assert_eq!(late, ["the numbers of Y from 1 have a gap"]);
    let twice = told(|sold, kept, counted| {
        sold.push(sold[2].clone());
        kept.push(kept[2].clone());
        *counted = Counted { sales: 4, minor: 548 };
    });
    assert_eq!(twice, ["a sale was acknowledged twice", "the numbers of Y from 1 have a gap"]);
    for wrong in [(2, 449), (4, 449), (3, 448), (3, 450)] {
        let uncounted = told(|_, _, counted| *counted = Counted { sales: wrong.0, minor: wrong.1 });
        assert!(uncounted[0].starts_with("analytics has counted"), "{wrong:?}");
    }
}

#[test]
fn tills_that_have_sold_before_go_on_counting_from_there() {
    let (mut sold, _, counted) = day();
    sold.iter_mut().for_each(|sold| sold.sequence += 40);
    let kept: Vec<_> = sold.iter().cloned().map(Some).collect();
    let again = Ground { is_fresh: false, ..ALONE };
    assert_eq!(compare(&sold, &kept, counted, again).disagreements, Vec::<String>::new());
    assert_eq!(compare(&sold, &kept, counted, ALONE).disagreements.len(), 2);
}

#[test]
fn where_others_sell_too_no_less_may_be_counted() {
    let (sold, kept, counted) = day();
    let beside = Ground { is_alone: false, ..ALONE };
    let more = Counted { sales: 5, minor: 700 };
    assert_eq!(compare(&sold, &kept, more, beside).disagreements, Vec::<String>::new());
    let less = Counted { sales: 2, ..counted };
    assert_eq!(compare(&sold, &kept, less, beside).disagreements.len(), 1);
}

#[test]
fn a_flood_of_disagreements_is_told_in_part() {
    let sold: Vec<_> = (1..=50).map(|number| sold(&format!("s{number}"), "X", number, 1)).collect();
    let books = compare(&sold, &vec![None; 50], Counted { sales: 50, minor: 50 }, ALONE);
    assert_eq!(books.disagreements.len(), MOST_TOLD + 1);
    assert_eq!(books.disagreements[MOST_TOLD], "and 30 more");
}
