"""``python -m ddmkit`` is the command ``ddmkit``."""

from ddmkit.cli import main

if __name__ == "__main__":
    main()
