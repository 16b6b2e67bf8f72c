"""The commands of ``ddmkit``: each reads its arguments, calls the library, and prints the result."""
