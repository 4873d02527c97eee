"""Side-by-side benchmarks that anyone can run: `python -m bench`. Loopback only, bounded in count and time."""
