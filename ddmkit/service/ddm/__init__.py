"""DDM's further calls, which a whole recovery needs: create and delete a target, refresh it, freeze an instance."""
