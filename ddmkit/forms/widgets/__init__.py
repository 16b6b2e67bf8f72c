"""The parts that the forms are built from."""
