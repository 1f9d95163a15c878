"""Where executions come from besides the recorder."""
