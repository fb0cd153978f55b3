"""The web edge of organization, a module a page."""
