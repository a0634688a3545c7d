//! Revenue by the hour as bars; a picture from attributes alone, for styles in a page are not allowed.

use proto::analytics::v1::HourFigures;

use super::show;

/// Height of the tallest bar, in units of the picture.
const TALLEST: i64 = 150;
/// Width of an hour.
const STEP: i64 = 44;
/// Width of a bar.
const WIDTH: i64 = 32;
/// Left margin.
const MARGIN: i64 = 6;
/// Where bars stand.
const GROUND: i64 = 178;

/// The picture.
pub struct Bars {
    pub width: i64,
    pub ground: i64,
    pub bars: Vec<Bar>,
}

/// One hour.
pub struct Bar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    /// Where its texts stand.
    pub middle: i64,
    pub hour: i32,
    pub sales: i64,
    pub self_sales: i64,
    pub revenue: String,
    /// Whole euros above the bar, when there were sales.
    pub label: String,
}

impl Bars {
    /// From the first to the last hour with sales, and at least from 8 to 20.
    pub fn of(hours: &[HourFigures]) -> Self {
        let busy = |hour: &&HourFigures| hour.sales != 0 || hour.revenue_minor != 0;
        let first = hours.iter().filter(busy).map(|hour| hour.hour).min().unwrap_or(8).min(8);
        let last = hours.iter().filter(busy).map(|hour| hour.hour).max().unwrap_or(20).max(20);
        let most = hours.iter().map(|hour| hour.revenue_minor).max().unwrap_or(0).max(1);
        let mut bars = Vec::new();
        for hour in hours.iter().filter(|hour| (first..=last).contains(&hour.hour)) {
            let x = MARGIN + STEP * i64::try_from(bars.len()).unwrap_or(0);
            let height = tall(hour.revenue_minor, most);
            bars.push(Bar {
                x,
                y: GROUND - height,
                width: WIDTH,
                height,
                middle: x + WIDTH / 2,
                hour: hour.hour,
                sales: hour.sales,
                self_sales: hour.self_sales,
                revenue: show::amount(hour.revenue_minor),
                label: if hour.revenue_minor > 0 {
                    (hour.revenue_minor / 100).to_string()
                } else {
                    String::new()
                },
            });
        }
        let width = 2 * MARGIN + STEP * i64::try_from(bars.len()).unwrap_or(0);
        Self { width, ground: GROUND, bars }
    }
}

/// An hour in which more was given back than sold has no bar; the table tells it.
fn tall(revenue: i64, most: i64) -> i64 {
    let scaled = i128::from(revenue.max(0)) * i128::from(TALLEST) / i128::from(most);
    i64::try_from(scaled).unwrap_or(TALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i32, revenue_minor: i64) -> HourFigures {
        HourFigures { hour, sales: i64::from(revenue_minor != 0), revenue_minor, self_sales: 0 }
    }

    #[test]
    fn the_best_hour_is_the_tallest_and_losses_stand_on_the_ground() {
        let hours: Vec<_> =
            (0..24).map(|h| hour(h, [0, 0, 0, 500, -200, 1000][usize::try_from(h % 6).unwrap()])).collect();
        let picture = Bars::of(&hours);
        let heights: Vec<_> = picture.bars.iter().map(|bar| bar.height).collect();
        assert_eq!((heights.iter().max(), heights.iter().min()), (Some(&TALLEST), Some(&0)));
        assert!(
            picture.bars.iter().all(|bar| bar.y + bar.height == GROUND && bar.x + bar.width <= picture.width)
        );
        assert_eq!((picture.bars.first().unwrap().hour, picture.bars.last().unwrap().hour), (3, 23));
    }

    #[test]
    fn an_hour_that_comes_twice_is_shown_twice_and_a_day_without_hours_is_empty() {
        let hours: Vec<_> = (0..24).chain([2]).map(|h| hour(h, 100)).collect();
        assert_eq!(Bars::of(&hours).bars.len(), 25);
        assert!(Bars::of(&[]).bars.is_empty());
        assert_eq!(tall(i64::MAX, i64::MAX), TALLEST);
    }
}
