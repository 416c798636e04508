"""Makes tiny-1.onnx, tiny-2.onnx and columns.onnx beside this file: classifiers of under 2 kB for tests of the server.

Both take `features` (FP32 [-1,2], columns a and b) and answer `label` (INT64 [-1]) and `probabilities` (FP32 [-1,2]).
The score of tiny-1 is the softmax of (0, a + b), that of tiny-2 the softmax of (0, 2a + b). columns.onnx takes each column by
itself: `plan` (INT64 [-1,1], codes of basic and pro) and `bill` (FP32 [-1,1]). Run with onnx installed.
"""
import pathlib

import onnx
from onnx import TensorProto as T
from onnx import helper as h

HERE = pathlib.Path(__file__).parent


def make(name, weights):
    graph = h.make_graph(
        [
            h.make_node("Gemm", ["features", "w", "c"], ["scores"]),
            h.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
            h.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
        ],
        name,
        [h.make_tensor_value_info("features", T.FLOAT, [None, 2])],
        [h.make_tensor_value_info("label", T.INT64, [None]), h.make_tensor_value_info("probabilities", T.FLOAT, [None, 2])],
        [h.make_tensor("w", T.FLOAT, [2, 2], weights), h.make_tensor("c", T.FLOAT, [2], [0.0, 0.0])],
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8, producer_name="fixture")
    h.set_model_props(model, {"slipway.features": '["a","b"]'})
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")


# One row a feature, one column a class.
make("tiny-1", [0.0, 1.0, 0.0, 1.0])
make("tiny-2", [0.0, 2.0, 0.0, 1.0])


def make_columns(name):
    graph = h.make_graph(
        [
            h.make_node("Cast", ["plan"], ["code"], to=T.FLOAT),
            h.make_node("Concat", ["code", "bill"], ["features"], axis=1),
            h.make_node("Gemm", ["features", "w", "c"], ["scores"]),
            h.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ],
        name,
        [h.make_tensor_value_info("plan", T.INT64, [None, 1]), h.make_tensor_value_info("bill", T.FLOAT, [None, 1])],
        [h.make_tensor_value_info("probabilities", T.FLOAT, [None, 2])],
        [h.make_tensor("w", T.FLOAT, [2, 2], [0.0, 4.0, 0.0, -1.0]), h.make_tensor("c", T.FLOAT, [2], [0.0, 0.0])],
    )
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8, producer_name="fixture")
    h.set_model_props(model, {"slipway.categories": '{"plan":["basic","pro"]}'})
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")


make_columns("columns")
