"""Every error a user of the SDK may see."""
