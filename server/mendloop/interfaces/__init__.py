"""The faces. They translate, and decide nothing."""
