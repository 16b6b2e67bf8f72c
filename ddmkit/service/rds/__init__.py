"""The service of the data nodes (RDS for MySQL): its requests and its client. DDM has the same paths with other meanings."""
