"""What happened: the store and the journal. Nothing here knows why."""
