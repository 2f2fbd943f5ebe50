"""Verification: does the file still hold what was recorded, and what was signed?"""
