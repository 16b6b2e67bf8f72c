"""What a connection needs: addresses, credentials, profiles, settings. Makes no request."""
