"""Reports that people define, run and have mailed."""
