"""Whether what was acknowledged is kept: `python -m tests.durability --help`; figures in docs/durability.md.

Writers send logs over HTTP to gunicorn as shipped while it is killed; then every row is compared with what they sent.
"""
