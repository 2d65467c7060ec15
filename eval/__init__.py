"""Predictions against references: figures with n and intervals."""
