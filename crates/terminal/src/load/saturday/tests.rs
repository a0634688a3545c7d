use proptest::prelude::*;

use super::*;

/// Whether a count is what a Poisson process of this mean gives, but for one time in many millions.
fn is_near(count: usize, mean: f64) -> bool {
    (count as f64 - mean).abs() <= 6.0 * mean.sqrt() + 6.0
}

fn between(day: &[Arrival], from_minute: u64, to_minute: u64) -> usize {
    let minutes = (from_minute * 60)..(to_minute * 60);
    day.iter().filter(|arrival| minutes.contains(&arrival.at.as_secs())).count()
}

#[test]
fn the_shares_of_a_day_and_of_its_baskets_are_whole() {
    assert_eq!(HALF_HOURS.iter().map(|share| u32::from(*share)).sum::<u32>(), 1000);
    assert_eq!(BASKETS.iter().map(|(share, ..)| share).sum::<u32>(), 100);
    assert!(BASKETS.windows(2).all(|pair| pair[0].2 + 1 == pair[1].1), "no number of articles is left out");
}

#[test]
fn nobody_comes_where_nobody_is_awaited() {
    assert_eq!(saturday(1, 0, 0), []);
}

#[test]
fn two_peaks_stand_over_the_lunch_between_them_and_over_both_ends() {
    let day = saturday(7, 0, 50_000);
    // From 8:30: the hours from 10:30, 13:00, 16:30, and the first and last of the day.
    let [morning, lunch, afternoon] = [120, 270, 480].map(|minute| between(&day, minute, minute + 60));
    let (first, last) = (between(&day, 0, 60), between(&day, 660, 720));
    assert!(morning > 2 * lunch && afternoon > 2 * lunch, "{morning} {lunch} {afternoon}");
    assert!(morning > 2 * first && afternoon > 2 * last, "{first} {morning} {afternoon} {last}");
    for (half_hour, share) in (0..).zip(HALF_HOURS) {
        let come = between(&day, half_hour * 30, (half_hour + 1) * 30);
        assert!(is_near(come, 50.0 * f64::from(share)), "half hour {half_hour}: {come} for {share}");
    }
}

#[test]
fn baskets_are_as_large_and_cards_as_many_as_is_stated() {
    let day = saturday(3, 0, 50_000);
    let all = day.len() as f64;
    for (share, least, most) in BASKETS {
        let found = day.iter().filter(|arrival| (least..=most).contains(&arrival.articles)).count();
        assert!(is_near(found, all * f64::from(share) / 100.0), "{least} to {most} articles: {found}");
    }
    let mean = day.iter().map(|arrival| arrival.articles).sum::<usize>() as f64 / all;
    assert!((10.0..12.0).contains(&mean), "{mean}");
    let members = day.iter().filter(|arrival| arrival.is_member).count();
    assert!(is_near(members, all * f64::from(MEMBERS) / 100.0), "{members}");
}

#[test]
fn within_half_an_hour_the_gaps_are_those_of_chance_and_not_of_a_clock() {
    // The gaps of a Poisson process deviate from their mean by as much as the mean itself.
    let day = saturday(5, 0, 50_000);
    let from = 120 * 60;
    let peak: Vec<f64> = day.iter().map(|arrival| arrival.at.as_secs_f64()).collect();
    let peak: Vec<f64> =
        peak.into_iter().filter(|at| (from as f64..from as f64 + 1800.0).contains(at)).collect();
    let gaps: Vec<f64> = peak.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    let deviation = variance.sqrt() / mean;
    assert!((0.9..1.1).contains(&deviation), "{deviation}");
}

proptest! {
    #[test]
    fn a_seed_is_a_day_and_another_seed_or_store_another(seed: u64, store in 0_u64..1000) {
        let day = saturday(seed, store, 200);
        prop_assert_eq!(&day, &saturday(seed, store, 200));
        prop_assert_ne!(&day, &saturday(seed.wrapping_add(1), store, 200));
        prop_assert_ne!(&day, &saturday(seed, store + 1, 200));
    }

    #[test]
    fn shoppers_come_in_order_while_the_doors_are_open_and_buy_something(seed: u64, shoppers in 1_u32..2000) {
        let day = saturday(seed, 0, shoppers);
        prop_assert!(day.is_sorted_by_key(|arrival| arrival.at));
        prop_assert!(day.iter().all(|arrival| arrival.at < OPEN));
        prop_assert!(day.iter().all(|arrival| (1..=MOST_ARTICLES).contains(&arrival.articles)));
        prop_assert!(is_near(day.len(), f64::from(shoppers)), "{} of {}", day.len(), shoppers);
    }
}
