"""A simulated project and the scenarios that fill it."""
