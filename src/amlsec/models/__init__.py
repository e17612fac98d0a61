"""What can be attacked beside scikit-learn: boosters, torch modules, ONNX files, commands, HTTP endpoints."""
