"""Webhooks: a customer's own server is told what happens in the account."""
