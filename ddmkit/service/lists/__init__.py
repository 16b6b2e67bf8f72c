"""Reading whole lists: by offset and count, by marker, and the class that reads both."""
