"""The control API: what the command line can do, for programs; in a process of its own, off the request path."""
