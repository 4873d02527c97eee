"""One path for every exchange, whole or streamed: admit, measure, decide, call, decide on the answer, release."""
