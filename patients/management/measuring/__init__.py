"""The parts of `manage.py bench`: the server under test, the client, the rounds and the report."""
