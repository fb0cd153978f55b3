"""Mails written for these tests, each with what has to be read of it: people of example domains,
in the shapes of real mail programs and of what broke other programs.
"""
