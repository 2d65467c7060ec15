"""Prescriptions drawn by program: sheets, hands, and a camera."""
