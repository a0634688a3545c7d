use time::macros::datetime;
use uuid::Uuid;

use super::super::{Left, SaleId};
use super::*;

const NOON: OffsetDateTime = datetime!(2026-05-02 10:00 UTC);

fn line(line_id: i32, written: Option<Written>) -> Line {
    Line {
        line_id,
        gtin: "09521234000018".to_owned(),
        name: "Maroilles".to_owned(),
        supplier_code: "FERME".to_owned(),
        sold_by: "unit".to_owned(),
        quantity_milli: 1000,
        total_minor: 450,
        left: Left { quantity_milli: 1000, total_minor: 450 },
        waiting: false,
        written,
    }
}

fn purchase(lines: Vec<Line>) -> Purchase {
    Purchase {
        sale_id: SaleId(Uuid::nil()),
        store_code: "LILLE".to_owned(),
        store_name: "Lille".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        currency_code: "EUR".to_owned(),
        completed: NOON,
        member: false,
        lines,
    }
}

fn written(rating: i16, comment: &str, revision: i32) -> Option<Written> {
    let comment = comment.to_owned();
    Some(Written { review_id: ReviewId(Uuid::nil()), rating, comment, revision, first_submitted: NOON })
}

#[test]
fn a_form_says_something_of_each_line_once() {
    assert_eq!(Form::read([]), Err(FormError::Empty));
    assert_eq!(Form::read([(1, 0, ""), (2, 0, " \n")]), Err(FormError::Empty));
    assert_eq!(Form::read([(1, 5, ""), (2, 0, "bon")]), Err(FormError::Rating(1)));
    assert_eq!(Form::read([(1, 5, ""), (1, 4, "")]), Err(FormError::Twice(1)));
    assert_eq!(Form::read([(1, 5, "a\0")]), Err(FormError::Comment(0, TextError::ControlCharacter)));
    for rating in [-1, 6, 65_537, i32::MAX, i32::MIN] {
        assert_eq!(Form::read([(1, rating, "")]), Err(FormError::Rating(0)), "{rating}");
    }
    assert_eq!(Form::read([(1, 5, ""), (2, 0, "")]).unwrap().0.len(), 1);
}

#[test]
fn what_is_new_or_changed_is_a_revision_and_the_rest_is_not() {
    let purchase = purchase(vec![
        line(1, None),
        line(2, written(4, "bon", 1)),
        line(3, written(2, "", 7)),
        line(4, None),
    ]);
    let form = Form::read([(1, 5, ""), (2, 4, " bon "), (3, 2, "mieux")]).unwrap();
    let revisions = form.revise(&purchase).unwrap();
    let found: Vec<_> = revisions.iter().map(|revision| (revision.note.line_id, revision.number)).collect();
    assert_eq!(found, [(1, 1), (3, 8)]);
}

#[test]
fn a_form_with_an_unknown_line_is_refused_whole() {
    let purchase = purchase(vec![line(1, None)]);
    let form = Form::read([(1, 5, ""), (9, 1, "")]).unwrap();
    assert_eq!(form.revise(&purchase), Err(UnknownLine(9)));
}
