"""Sallyport: the guarded gate that an organisation's outgoing messages leave by."""

__version__ = "0.1.0"
