"""Protocols as deployed: versions, their forms, and what they call."""
