"""Texts and what a recogniser saw: which it may be, where they stand in its columns, how likely they are."""
