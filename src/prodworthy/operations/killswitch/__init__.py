"""The kill switch: off and on again by a named person, with the database or without it."""
