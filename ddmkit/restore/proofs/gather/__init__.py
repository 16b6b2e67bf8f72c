"""Ask RDS, VPC and the audit trail (CTS) for the proofs. Every read may fail: then it was tried, with this answer.

A missing permission, a call that this edition does not publish, or a service without a known address lowers a proof to a
warning and never stops anything. All data nodes are looked at together, however many there are. The single metadata restore,
the plan of a whole recovery, and the two proofs of its run read in this one way.
"""
