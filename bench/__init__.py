"""Measurements: how fast the parts are that have to be. Nothing here is installed or imported by the application."""
