"""Texts against what a recogniser saw: where they stand in its columns, and how likely they are."""
