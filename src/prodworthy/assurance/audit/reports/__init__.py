"""What people and other tools read of a pack. All of it follows from the assessments and evidence, to the byte."""
