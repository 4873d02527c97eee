"""Pure values and functions: what the rules are. No input, output, clock or randomness."""
