"""The hosts beside DDM's: RDS, VPC and CTS, each with its routes. They are loaded at the first request to one of them."""
