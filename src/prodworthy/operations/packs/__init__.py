"""What people decide about audit packs: of which workloads, and to whom they name people."""
