"""What certificates are deployed where, found by scanning: nothing yet."""
