"""``python -m ddmkit`` is the command ``ddmkit``."""

from ddmkit.cli.main import main

if __name__ == "__main__":
    main()
