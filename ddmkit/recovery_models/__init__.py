"""Models of a whole recovery beside those of RDS, VPC and CTS: tolerant values, tasks, DDM's further answers, requests."""
