"""What stands around a product: floor and wall in perspective, light, a window, a pedestal."""
