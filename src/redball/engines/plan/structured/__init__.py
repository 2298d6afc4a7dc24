"""The structured engine: first-order descent on flows over days, without a matrix, with a bound of its own."""
