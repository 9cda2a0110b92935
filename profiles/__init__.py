"""Organization profiles: the vetted organizations in whose name certificates are issued."""
