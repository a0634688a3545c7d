//! Stores, catalogue, prices, baskets, payments, sales and refunds.
