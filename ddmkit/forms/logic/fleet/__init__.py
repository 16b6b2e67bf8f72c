"""What the form for a fleet shows, without widgets."""
