"""What the forms decide, as plain functions: no widget, no network."""
