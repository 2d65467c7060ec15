"""Test items that occur in training files."""
