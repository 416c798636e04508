"""The models and the bodies that every server gets: made once, from data that scikit-learn brings, into .data/bench-serving."""

import json
import struct

import numpy as np
import onnx
from onnx import numpy_helper
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.neural_network import MLPClassifier

ROWS = (1, 64)
MODELS = ("trees", "trees2", "perceptron")
INPUT, OUTPUTS = "X", ("label", "probabilities")


def model_file(folder, name):
    return str(folder / f"{name}.onnx")


def saved(folder, name, model, features):
    onnx_model = to_onnx(model, features[:1], options={"zipmap": False}, target_opset=17)
    # Every free dimension is stated alike; the names of inputs and outputs are those that skl2onnx gives.
    onnx.save(onnx_model, folder / f"{name}.onnx")
    weights = sum(numpy_helper.to_array(weight).size for weight in onnx_model.graph.initializer)
    return {"bytes": (folder / f"{name}.onnx").stat().st_size, "weights": int(weights)}


def json_body(rows):
    data = [float(str(value)) for value in rows.reshape(-1)]
    tensor = {"name": INPUT, "shape": list(rows.shape), "datatype": "FP32", "data": data}
    return json.dumps({"inputs": [tensor]}, separators=(",", ":")).encode()


def binary_body(rows):
    """The JSON header and its length, and the tensor after it (Open Inference, binary tensor extension)."""
    raw = rows.astype("<f4").tobytes()
    tensor = {"name": INPUT, "shape": list(rows.shape), "datatype": "FP32", "parameters": {"binary_data_size": len(raw)}}
    header = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}, separators=(",", ":")).encode()
    return len(header), header + raw


def grpc_body(name, rows):
    """One unary message as it stands on the wire: a zero byte, the length, and the protobuf that tritonclient makes."""
    from tritonclient.grpc import service_pb2

    request = service_pb2.ModelInferRequest(model_name=name)
    tensor = request.inputs.add()
    tensor.name, tensor.datatype = INPUT, "FP32"
    tensor.shape.extend(rows.shape)
    request.raw_input_contents.append(rows.astype("<f4").tobytes())
    message = request.SerializeToString()
    return struct.pack(">BI", 0, len(message)) + message


def prepare(folder, say):
    """Makes what is missing and gives what was made: sizes, and the header lengths of the binary bodies."""
    note = folder / "made.json"
    if note.exists():
        return json.loads(note.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    say("training the models (a minute)")
    cells, target = load_breast_cancer(return_X_y=True)
    digits, figures = load_digits(return_X_y=True)
    cells, digits = cells.astype(np.float32), digits.astype(np.float32)
    models = {
        "trees": (GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=0), cells, target),
        "trees2": (GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=1, subsample=0.9), cells, target),
        "perceptron": (MLPClassifier((1024, 1024, 512), max_iter=15, random_state=0), digits, figures),
    }
    made = {}
    for name, (model, features, answers) in models.items():
        made[name] = saved(folder, name, model.fit(features, answers), features)
        for count in ROWS:
            rows = features[:count]
            (folder / f"{name}-{count}.json").write_bytes(json_body(rows))
            length, body = binary_body(rows)
            (folder / f"{name}-{count}.bin").write_bytes(body)
            (folder / f"{name}-{count}.grpc").write_bytes(grpc_body(name, rows))
            made[name][f"header_{count}"] = length
    # The evidence that a governed model needs: labelled rows.
    names = [f"{INPUT}.{i}" for i in range(cells.shape[1])]
    table = [",".join([*names, "y"])]
    table += [",".join([*(str(v) for v in row), str(y)]) for row, y in zip(cells[:200], target[:200])]
    (folder / "trees.csv").write_text("\n".join(table) + "\n")
    note.write_text(json.dumps(made))
    return made
