"""Stage 2: notice what fails or has grown worse."""
