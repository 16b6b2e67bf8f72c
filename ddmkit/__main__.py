"""Runs the command line for ``python -m ddmkit``."""

from ddmkit.cli.main import main

if __name__ == "__main__":
    main()
