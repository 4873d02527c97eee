"""The form of an audit pack: one zip, whose bytes follow from the names and contents of its files and nothing else."""
