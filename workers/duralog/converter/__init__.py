"""Python values to Payloads and back."""
