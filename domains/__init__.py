"""Domains of an organization profile, and the confirmation that it controls them."""
