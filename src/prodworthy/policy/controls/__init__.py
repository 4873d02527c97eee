"""The controls: one package per domain, one module per criterion."""
