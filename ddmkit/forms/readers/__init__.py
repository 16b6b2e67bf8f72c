"""What the forms read through the kit and from the records, as plain values; no widgets here."""
