"""Pages for people, made on the server: read only, and whole without a script."""
