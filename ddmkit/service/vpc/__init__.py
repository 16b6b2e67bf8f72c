"""The network service (VPC): its requests and its client, which only reads."""
