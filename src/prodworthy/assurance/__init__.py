"""What is true: monitors, drills and the audit."""
