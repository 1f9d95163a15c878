"""What runs apart: under the user's interpreter (3.9 on), the standard library only."""
