"""Read the facts of a recovery from the four services, in parallel; what cannot be read becomes a fact with the reason."""
