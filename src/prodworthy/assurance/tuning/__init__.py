"""What each control does on a workload's real traffic, how often wrongly, and what another setting would have done."""
