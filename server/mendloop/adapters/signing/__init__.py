"""OpenSSH signatures: who has signed what."""
