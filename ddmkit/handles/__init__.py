"""The objects that a person works with: a plan, a job, a record, all records of a store.

They are thin: each connects what the packages below decide with how ``display`` shows it.
"""
