"""A local AWS for tests: MiniStack made as strict and as slow as AWS, and doubles of the services that it lacks.

It binds 127.0.0.1 only and knows nothing of the tool that is tested with it.
"""
