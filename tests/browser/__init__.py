"""The product in a real browser. A package for pytest: its tests share a browser and a page, which end with the last of them."""
