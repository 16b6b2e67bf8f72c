"""The client of the service: the only package that knows the service's paths, headers and status codes.

``client.Client`` has one method per call; ``jobs.follow_job`` waits for a job. Import names from their modules: this package
loads nothing by itself.
"""
