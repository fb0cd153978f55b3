"""OCC: a self-hosted contact-center console."""
