"""What holds untrusted code in."""
