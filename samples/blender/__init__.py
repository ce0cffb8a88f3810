"""Scene parts for the sample photos: shapes, surfaces, products and rooms, all procedural."""
