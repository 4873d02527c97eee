"""The HTTP edge: where bytes become exchanges, and refusals become answers in the caller's protocol."""
