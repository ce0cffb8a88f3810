"""Scenes by prompt: Stable Diffusion inpainting over ONNX Runtime, with NumPy for all the rest."""
