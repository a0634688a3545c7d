//! A file cut into rows and cells.

use csv::{ByteRecord, Reader, ReaderBuilder};

use crate::domain::import::cell::Refusal;
use crate::domain::import::{BadFile, MAX_FILE_BYTES, Reason};

/// What some programs put before a text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file whose header was read: columns go by name, whatever their order.
pub struct Table<'file> {
    reader: Reader<&'file [u8]>,
    lines: Lines<'file>,
    header: Vec<String>,
}

/// A row, and the line it starts on.
pub struct Row {
    /// The header being line 1; a line break inside quotes counts too, as it does in an editor.
    pub line: i64,
    cells: ByteRecord,
    is_whole: bool,
}

/// Counts lines up to growing offsets.
struct Lines<'file> {
    bytes: &'file [u8],
    counted: usize,
    line: i64,
}

impl<'file> Table<'file> {
    /// Reads the header. The separator is the one of tab, semicolon and comma that cuts it into most columns.
    pub fn open(file: &'file [u8]) -> Result<Self, BadFile> {
        if file.len() > MAX_FILE_BYTES {
            return Err(BadFile::TooLarge);
        }
        let bytes = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
        let header_of = |separator: u8| {
            let mut reader = reader(bytes, separator);
            let mut cells = ByteRecord::new();
            read(&mut reader, &mut cells);
            (cells.iter().map(column_name).collect::<Vec<_>>(), reader)
        };
        let (header, reader) = [b',', b';', b'\t']
            .map(header_of)
            .into_iter()
            .max_by_key(|(header, _)| header.len())
            .expect("there are three separators");
        Ok(Self { reader, lines: Lines { bytes, counted: 0, line: 1 }, header })
    }

    /// Where a column is, if it is there.
    pub fn column(&self, name: &'static str) -> Result<Option<usize>, BadFile> {
        let mut found = self.header.iter().enumerate().filter(|(_, column)| *column == name);
        let first = found.next().map(|(index, _)| index);
        if found.next().is_some() { Err(BadFile::ColumnTwice(name)) } else { Ok(first) }
    }

    /// Where a column is that must be there.
    pub fn needed_column(&self, name: &'static str) -> Result<usize, BadFile> {
        self.column(name)?.ok_or(BadFile::MissingColumn(name))
    }
}

impl Iterator for Table<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let start = self.reader.position().byte();
        let mut cells = ByteRecord::new();
        if !read(&mut self.reader, &mut cells) {
            return None;
        }
        let start = usize::try_from(start).expect("a place in a slice");
        let is_whole = cells.len() == self.header.len();
        Some(Row { line: self.lines.of_row_after(start), cells, is_whole })
    }
}

impl Row {
    /// Refuses a row that has not as many cells as the header: nobody knows which one is missing.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.is_whole {
            return Ok(());
        }
        let whole = self.cells.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(" | ");
        Err(Refusal::new(Reason::BadRow, &whole))
    }

    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// The text of a cell, without the white space around it.
    pub fn cell(&self, column: usize) -> Result<&str, Refusal> {
        let bytes = self.cells.get(column).unwrap_or_default();
        match str::from_utf8(bytes) {
            Ok(text) => Ok(text.trim()),
            Err(_) => Err(Refusal::new(Reason::BadRow, &String::from_utf8_lossy(bytes))),
        }
    }

    /// The text of a cell whose column may be missing.
    pub fn optional_cell(&self, column: Option<usize>) -> Result<&str, Refusal> {
        column.map_or(Ok(""), |column| self.cell(column))
    }
}

impl Lines<'_> {
    /// The line of the row that is read next at this offset. What ends the row before it, and empty lines, still lie between.
    fn of_row_after(&mut self, offset: usize) -> i64 {
        let ends = self.bytes[offset..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = offset + ends;
        for index in self.counted..start {
            let ends_line = match self.bytes[index] {
                b'\n' => true,
                b'\r' => self.bytes.get(index + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += i64::from(ends_line);
        }
        self.counted = start;
        self.line
    }
}

/// Tab-separated files are exports that know no quotes: a quotation mark in them is a character like any other.
/// A spreadsheet does quote, and then its header shows it.
fn reader(bytes: &[u8], separator: u8) -> Reader<&[u8]> {
    let header = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty());
    let has_quotes = header.is_some_and(|line| line.contains(&b'"'));
    ReaderBuilder::new()
        .delimiter(separator)
        .quoting(separator != b'\t' || has_quotes)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
}

fn read(reader: &mut Reader<&[u8]>, cells: &mut ByteRecord) -> bool {
    reader.read_byte_record(cells).expect("a slice can be read, and rows may be of any length")
}

fn column_name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_lowercase()
}
