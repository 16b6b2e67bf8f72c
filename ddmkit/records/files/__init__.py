"""A record as a file or page that can be shared, signed, verified and read back."""
