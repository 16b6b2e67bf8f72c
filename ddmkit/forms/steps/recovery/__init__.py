"""The steps of a whole recovery that differ from those of a restore of the metadata."""
