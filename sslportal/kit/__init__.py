"""What every app stands on; a module is named for what it holds."""
