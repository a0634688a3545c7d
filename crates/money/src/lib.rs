//! Integer money and value-added tax, rounded at two named places.
