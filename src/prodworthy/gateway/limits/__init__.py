"""Rate limits and token budgets that hold over all gateway processes of a machine: a broker leases, gateways spend."""
