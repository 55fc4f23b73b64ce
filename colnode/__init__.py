"""colnode: the software a city runs to be a City of Learning.

Nothing is imported here, so that `colnode --help` starts at once. Start reading in app.py.
"""

__version__ = "0.1.0"
