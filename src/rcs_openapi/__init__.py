"""Describes both HTTP APIs; nothing of it goes into the bundle."""
