"""Summaries against references: overlap of words, facts, readability, the condition that a picture shows."""
