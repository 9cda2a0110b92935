"""Customer accounts, their administrators, and signing in."""
