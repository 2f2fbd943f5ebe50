"""Readers of directory listings: what a file says of roles, deployments and groups. What is recorded of it is decided elsewhere."""
