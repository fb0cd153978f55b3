"""The web edge of identity, a module a page."""
