//! Separators, quotes, line breaks and headers.

use super::*;

fn bad_file(file: &[u8]) -> BadFile {
    products(&empty(), file, "").unwrap_err()
}

#[test]
fn comma_semicolon_and_tab_are_told_by_the_header() {
    for separator in [',', ';', '\t'] {
        let file = "code|product_name|brands\n96385074|Stylo|Un\n".replace('|', &separator.to_string());
        let read = read(&file);
        assert_eq!((read.created.len(), &*read.created[0].brand), (1, "Un"), "{separator:?}");
    }
}

#[test]
fn columns_go_by_name_whatever_their_order_and_others_are_passed_over() {
    let read = read("\u{feff}labels,Product_Name ,source,CODE\nBio,Stylo,x,96385074\n");
    assert_eq!(read.created[0].name, "Stylo");
}

#[test]
fn the_official_export_is_read_with_its_own_columns_and_no_quotes() {
    let read = read(
        "code\turl\tproduct_name\tquantity\tbrands\tcategories\tcategories_fr\n\
         96385074\thttp\t\"Le stylo\t1\tUn\tPapeterie, Stylos\tx\n\
         4006381333931\thttp\tCrayon 5\"\t1\tUn\tPapeterie\tx\n",
    );
    assert_eq!(read.rejected, []);
    assert_eq!((&*read.created[0].name, &*read.created[0].category), ("\"Le stylo", "Papeterie, Stylos"));
    assert_eq!(read.created[1].name, "Crayon 5\"");
}

#[test]
fn a_spreadsheet_that_quotes_its_tabs_is_read_with_quotes() {
    let read = read("\"code\"\t\"product_name\"\n\"96385074\"\t\"Le \"\"stylo\"\"\"\n");
    assert_eq!(read.created[0].name, "Le \"stylo\"");
}

#[test]
fn a_single_category_is_preferred_to_the_list() {
    let read = read("code,product_name,categories,category\n96385074,Stylo,\"a,b\",c\n");
    assert_eq!(read.created[0].category, "c");
}

#[test]
fn the_line_of_a_row_is_the_one_an_editor_shows() {
    for line_break in ["\n", "\r\n", "\r"] {
        let file = [
            "code,product_name,labels",
            "1,a,x",
            "",
            "",
            "96385074,Stylo,\"two",
            "lines\"",
            "2,a,x",
            "3,a,\"",
            "",
            "\"",
            "4,a,x",
        ]
        .join(line_break);
        let lines: Vec<_> = read(&file).rejected.iter().map(|row| (row.line, row.found.clone())).collect();
        let expected =
            [(2, "1"), (7, "2"), (8, "3"), (11, "4")].map(|(line, found)| (line, found.to_owned()));
        assert_eq!(lines, expected, "{line_break:?}");
    }
}

#[test]
fn the_lines_are_right_behind_a_byte_order_mark_and_leading_empty_lines() {
    let read = read("\u{feff}\r\n\r\ncode,product_name\r\n1,a\r\n\r\n2,b");
    assert_eq!(reasons(&read.rejected), [(4, "BAD_CODE", "1"), (6, "BAD_CODE", "2")]);
}

#[test]
fn text_that_is_not_utf_8_is_refused_row_by_row() {
    let mut file = b"code,product_name,labels\n96385074,Cr\xe8me,x\n".to_vec();
    file.extend(b"4006381333931,Pain,\xff\n");
    let read = products(&empty(), &file, "reduced").unwrap();
    assert_eq!(reasons(&read.rejected), [(2, "BAD_ROW", "Cr\\u{fffd}me")]);
    assert_eq!(read.created.len(), 1, "a column that is not read may hold anything");
}

#[test]
fn a_quote_that_is_never_closed_takes_nothing_in() {
    let read = read("code,product_name\n96385074,\"Stylo\n4006381333931,Crayon\n");
    assert_eq!((read.rows, read.created.len()), (1, 0));
    assert_eq!(read.rejected[0].reason, Reason::BadRow);
}

#[test]
fn a_file_without_its_columns_is_refused_as_a_whole() {
    assert_eq!(bad_file(b""), BadFile::MissingColumn("code"));
    assert_eq!(bad_file(b"96385074,Stylo\n"), BadFile::MissingColumn("code"));
    assert_eq!(bad_file(b"code,name\n96385074,Stylo\n"), BadFile::MissingColumn("product_name"));
    assert_eq!(bad_file(b"code,product_name,code\n"), BadFile::ColumnTwice("code"));
    assert_eq!(bad_file(b"\xff\xfec\0o\0d\0e\0"), BadFile::MissingColumn("code"));
    assert_eq!(prices(&empty(), b"code,price\n", None).unwrap_err(), BadFile::MissingColumn("price_from"));
}

#[test]
fn a_file_over_a_limit_is_refused_as_a_whole() {
    assert_eq!(bad_file(&vec![b'x'; MAX_FILE_BYTES + 1]), BadFile::TooLarge);
    let bad_rows = "1,a\n".repeat(MAX_REJECTED + 1);
    let refused = bad_file(format!("code,product_name\n{bad_rows}").as_bytes());
    assert!(matches!(&refused, BadFile::TooManyRejected(Rejected { line: 2, .. })), "{refused}");
    assert_eq!(products(&empty(), b"code,product_name\n", "unheard").unwrap_err(), BadFile::DefaultVatCode);
}

#[test]
fn a_header_alone_is_an_empty_file() {
    for file in ["code,product_name", "code,product_name\n", "code,product_name\n\n\n"] {
        assert_eq!((read(file).rows, read(file).changes_anything()), (0, false));
    }
}
