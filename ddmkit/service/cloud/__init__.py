"""The services around DDM as one object: a client for each, sharing credentials, project and settings."""
