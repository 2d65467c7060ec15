"""Recipes that ship: TOML files, each with what it may hold."""
