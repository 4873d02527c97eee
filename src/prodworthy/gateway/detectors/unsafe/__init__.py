"""What can do harm where an answer is shown or run: one module per language, read in bounded pieces."""
