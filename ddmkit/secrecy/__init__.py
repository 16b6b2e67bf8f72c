"""Finds secrets in text, in every form in which they travel, and takes them out."""
