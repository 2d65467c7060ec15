"""The ground floor: scripts, normal forms, and the clinical grammar. Knows nobody above."""
