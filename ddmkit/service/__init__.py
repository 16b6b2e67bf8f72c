"""TALKS: the only floor that knows paths, headers and status codes of the service.

``client.Client`` has one method per call; ``jobs.follow_job`` waits for the service's work. Nothing is loaded here: ask the
module for what you need.
"""
