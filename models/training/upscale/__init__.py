"""How the upscaling nets were made: pictures, damage, nets, training, export, measures.

Needs PyTorch, ONNX and scikit-image, which the endpoint does not install.
"""
