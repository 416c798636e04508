"""Makes the ONNX fixtures beside this file.

Run with scikit-learn, skl2onnx and onnx installed. The data is scikit-learn's breast cancer set.
"""
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent


def save(model, name):
    model.producer_version = "fixture"
    onnx.save(model, HERE / name)


def trained():
    features, target = load_breast_cancer(return_X_y=True)
    features = features.astype(np.float32)
    rows = features[:16]

    boosted = GradientBoostingClassifier(n_estimators=80, max_depth=3, random_state=7).fit(features, target)
    model = to_onnx(boosted, features[:1], options={"zipmap": False}, target_opset=17)
    h.set_model_props(model, {"slipway.fixture": "breast-cancer", "labels": "malignant,benign"})
    save(model, "breast-cancer-gb.onnx")

    names = np.array(["malignant", "benign"])[target]
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, names)
    save(to_onnx(linear, features[:1], target_opset=17), "zipmap-lr.onnx")

    expected = {
        "rows": rows.astype(float).tolist(),
        "gb": {"labels": boosted.predict(rows).tolist(), "probabilities": boosted.predict_proba(rows).tolist()},
        "lr": {
            "classes": linear.classes_.tolist(),
            "labels": linear.predict(rows).tolist(),
            "probabilities": linear.predict_proba(rows).tolist(),
        },
    }
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


def every_type():
    types = {
        "float": T.FLOAT, "double": T.DOUBLE, "int64": T.INT64, "int32": T.INT32, "int16": T.INT16, "int8": T.INT8,
        "uint64": T.UINT64, "uint32": T.UINT32, "uint16": T.UINT16, "uint8": T.UINT8, "bool": T.BOOL,
        "string": T.STRING,
    }
    graph = h.make_graph(
        [h.make_node("Identity", [name], [name + "_out"]) for name in types],
        "every-type",
        [h.make_tensor_value_info(name, kind, ["rows", 2]) for name, kind in types.items()],
        [h.make_tensor_value_info(name + "_out", kind, ["rows", 2]) for name, kind in types.items()],
    )
    finish(graph, "every-type.onnx")


def half_and_logarithm():
    """16-bit floats, which JSON cannot say, and a model that answers NaN and infinity."""
    types = {"half": T.FLOAT16, "brain": T.BFLOAT16}
    graph = h.make_graph(
        [h.make_node("Identity", [name], [name + "_out"]) for name in types],
        "half",
        [h.make_tensor_value_info(name, kind, ["rows", 2]) for name, kind in types.items()],
        [h.make_tensor_value_info(name + "_out", kind, ["rows", 2]) for name, kind in types.items()],
    )
    finish(graph, "half.onnx")
    graph = h.make_graph(
        [h.make_node("Log", ["x"], ["y"]), h.make_node("Sum", ["x"], ["total"])],
        "logarithm",
        [h.make_tensor_value_info("x", T.FLOAT, ["rows"])],
        [h.make_tensor_value_info("y", T.FLOAT, ["rows"]), h.make_tensor_value_info("total", T.FLOAT, ["rows"])],
    )
    finish(graph, "logarithm.onnx")


def counting_loop():
    body = h.make_graph(
        [h.make_node("Add", ["x", "one"], ["x2"]), h.make_node("Identity", ["c"], ["c2"])],
        "body",
        [
            h.make_tensor_value_info("i", T.INT64, []),
            h.make_tensor_value_info("c", T.BOOL, []),
            h.make_tensor_value_info("x", T.FLOAT, [1]),
        ],
        [h.make_tensor_value_info("c2", T.BOOL, []), h.make_tensor_value_info("x2", T.FLOAT, [1])],
    )
    graph = h.make_graph(
        [h.make_node("Loop", ["count", "go", "start"], ["end"], body=body)],
        "counting-loop",
        [h.make_tensor_value_info("count", T.INT64, []), h.make_tensor_value_info("start", T.FLOAT, [1])],
        [h.make_tensor_value_info("end", T.FLOAT, [1])],
        [h.make_tensor("go", T.BOOL, [], [True]), h.make_tensor("one", T.FLOAT, [1], [1.0])],
    )
    finish(graph, "counting-loop.onnx")


def external():
    """A model whose weight lies in a file that is in every working directory's reach: Package.swift."""
    tensor = onnx.TensorProto(name="w", data_type=T.UINT8, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", "Package.swift"), ("offset", "0"), ("length", "4")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    outputs = [h.make_tensor_value_info("o", T.UINT8, [4])]
    (HERE / "external-initializer.onnx").write_bytes(
        model(h.make_graph([h.make_node("Identity", ["w"], ["o"])], "external", [], outputs, [tensor]))
        .SerializeToString()
    )
    tensor.name = ""
    (HERE / "external-attribute.onnx").write_bytes(
        model(h.make_graph([h.make_node("Constant", [], ["o"], value=tensor)], "external", [], outputs))
        .SerializeToString()
    )


def model(graph):
    return h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)


def finish(graph, name):
    made = model(graph)
    onnx.checker.check_model(made)
    save(made, name)


trained()
every_type()
half_and_logarithm()
counting_loop()
external()
