"""The portal on one machine: its servers and its own processes as children of one supervisor, for the two commands."""
