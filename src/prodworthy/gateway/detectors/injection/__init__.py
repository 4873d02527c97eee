"""Passages that give orders to the model: how rare a passage's score is among benign texts of its origin."""
