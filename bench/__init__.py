"""Measurements a user can run again; each prints its table."""
