"""Saves the model that `mlflow models serve` runs as a test's upstream: tiny-1 without ONNX, in numpy.

Usage: upstream_mlflow.py FOLDER
"""

import sys

import mlflow.pyfunc
import numpy
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema, TensorSpec


class Tiny(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        table = numpy.asarray(model_input[["a", "b"]], dtype=float)
        positive = 1 / (1 + numpy.exp(-(table[:, 0] + table[:, 1])))
        return numpy.stack([1 - positive, positive], axis=1)


mlflow.pyfunc.save_model(
    sys.argv[1],
    python_model=Tiny(),
    signature=ModelSignature(
        inputs=Schema([ColSpec("double", "a"), ColSpec("double", "b")]),
        outputs=Schema([TensorSpec(numpy.dtype("float64"), (-1, 2))]),
    ),
    pip_requirements=["mlflow"],
)
