"""What gateways read: one immutable, compiled view of everything that was decided."""
