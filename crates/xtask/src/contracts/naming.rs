//! How names are written in contracts.

/// `store_code`
pub fn is_lower_snake(name: &str) -> bool {
    name.split('_')
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// `MemberRegistered`
pub fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `CheckoutService` becomes `checkout_service`.
pub fn snake(pascal: &str) -> String {
    let mut snake = String::new();
    for (position, letter) in pascal.chars().enumerate() {
        if letter.is_ascii_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::{is_lower_snake, is_pascal, snake};

    #[test]
    fn a_field_is_written_in_small_letters() {
        assert!(is_lower_snake("review_token_sha256"));
        for wrong in ["storeCode", "_code", "store__code", "store_", "2nd", ""] {
            assert!(!is_lower_snake(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_message_is_written_in_one_word_with_capitals() {
        assert!(is_pascal("SaleCompleted"));
        assert!(!is_pascal("Sale_Completed") && !is_pascal("saleCompleted"));
    }

    #[test]
    fn a_service_gives_its_file_its_name() {
        assert_eq!(snake("CheckoutService"), "checkout_service");
    }
}
