"""The objects that a person holds: a plan that shows itself, a job to wait for, a record, the shelf of all records.

They are thin: each joins what a floor below decided with how the display shows it, and asks back through the callables
that the kit hands in.
"""
