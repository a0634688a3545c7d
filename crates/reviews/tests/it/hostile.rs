//! Words that are meant to do harm are words.

use platform::Role;
use tonic::Code;

use crate::service::{Service, form, reason};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_what_is_read_but_for_what_cannot_be_seen() {
    let table = [
        ("<script>alert(document.cookie)</script>", "<script>alert(document.cookie)</script>"),
        ("<img src=x onerror=alert(1)>\"'&", "<img src=x onerror=alert(1)>\"'&"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("@SUM(1+1)*cmd", "@SUM(1+1)*cmd"),
        ("'); delete from review; --", "'); delete from review; --"),
        ("\u{202e}gnp.exe", "gnp.exe"),
        ("a\u{2066}b\u{2069}c\u{200e}d\u{200f}e\u{61c}f", "abcdef"),
        ("mot\u{200b}secret\u{200d}\u{feff}", "motsecret"),
        ("👩\u{200d}👩\u{200d}👧 🇫🇷 ❤\u{fe0f}", "👩👩👧 🇫🇷 ❤\u{fe0f}"),
        ("لذيذ جدا", "لذيذ جدا"),
        ("Z\u{335}\u{336}a\u{321}lgo", "Z\u{335}\u{336}a\u{321}lgo"),
        ("ligne\r\nsuivante\u{2028}encore", "ligne\nsuivante\nencore"),
        ("%00%0d%0aSet-Cookie: a=b", "%00%0d%0aSet-Cookie: a=b"),
        ("\u{200b}\u{202e}", ""),
    ];
    let service = Service::start().await;
    let lines = i32::try_from(table.len()).unwrap();
    let (_, mail) = service.sold("LILLE", lines).await;
    let said: Vec<_> = (1..=lines).zip(table).map(|(line, (written, _))| (line, 3, written)).collect();
    assert_eq!(service.submit(&form(&mail, &said)).await.unwrap(), lines);
    let mut read = service.listed(Role::Manager, "LILLE").await;
    read.sort_by_key(|review| review.gtin.clone());
    for (review, (written, expected)) in read.iter().zip(table) {
        assert_eq!(review.comment, expected, "{written:?}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_place_in_a_comment_is_refused() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    for letter in ["\0", "\u{1b}[31m", "\u{8}", "\u{85}"] {
        let refused = service.submit(&form(&mail, &[(1, 3, &format!("bon{letter}"))])).await.unwrap_err();
        assert_eq!(platform::status::field(&refused).unwrap(), "reviews[0].comment");
    }
    let just_long_enough = "🧀".repeat(2000);
    assert_eq!(service.submit(&form(&mail, &[(1, 3, &just_long_enough)])).await.unwrap(), 1);
    let half_a_megabyte = "a".repeat(500_000);
    assert_eq!(reason(service.submit(&form(&mail, &[(1, 3, &half_a_megabyte)])).await), "COMMENT_TOO_LONG");
    let ten_megabytes = "a".repeat(10_000_000);
    let refused = service.submit(&form(&mail, &[(1, 3, &ten_megabytes)])).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    assert_eq!(service.listed(Role::Manager, "LILLE").await[0].comment, just_long_enough);
    service.stop().await;
}
