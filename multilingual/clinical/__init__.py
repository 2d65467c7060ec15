"""What clinical shorthand means: doses, schedules, durations, and the names in a formulary."""
