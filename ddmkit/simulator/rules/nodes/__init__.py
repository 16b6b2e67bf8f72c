"""The rules of RDS: instances, their phases, backups and jobs, and what a new one needs."""
