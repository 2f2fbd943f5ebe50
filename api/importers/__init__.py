"""Imports: documents in the order of their days, each page recorded row by row and judged against its source's last word."""
