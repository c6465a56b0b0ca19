"""State that all replicas of the server share: in memory where there is one, in Redis where there
are several."""
