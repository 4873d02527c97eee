"""The database: its tables and migrations, keys, and the ways in which a change is noticed."""
