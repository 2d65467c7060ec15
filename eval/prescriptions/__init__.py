"""Medicines of pages against a gold reading: matched one to one, then compared field by field."""
