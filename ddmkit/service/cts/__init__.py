"""The audit trail (CTS): its requests and its client, which only reads."""
