"""The data plane: the only wing on the request path."""
