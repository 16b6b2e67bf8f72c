"""What a connection needs: endpoints, credentials, profiles, settings. Nothing in this package makes a request."""
