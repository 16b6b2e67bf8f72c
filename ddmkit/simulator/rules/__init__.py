"""The product's rules: restorable ranges, restores, jobs and their errors."""
