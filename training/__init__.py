"""How weights that ship with the product were made; nothing here runs in production."""
