"""The web edge of billing, a module a page."""
