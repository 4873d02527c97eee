"""The only home of vendor code: transports, adapters, breaker and credentials."""
