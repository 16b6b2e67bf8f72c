"""The run of a recovery: each step sent once by the mechanism of ``sending``, followed, proved, and on the record."""
