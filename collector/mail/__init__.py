"""Mails: their words, their links, and the server that they are handed to."""
