"""What certificates are deployed where, found by scanning: so far the engine, `scanner`."""
