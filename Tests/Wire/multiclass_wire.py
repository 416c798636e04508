"""A real classifier of ten classes through its whole life: trained, registered, evaluated, released, asked, and measured.

Environment: MLFLOW_TRACKING_URI, SLIPWAY_BINARY. The classes are texts, as people name them.
"""

import csv
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

import mlflow
import numpy as np
import onnx
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wire_checks import check, equal, report, section

URL = os.environ["MLFLOW_TRACKING_URI"]
NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
COLUMNS = [f"pixel{number}" for number in range(64)]
FOLDER = pathlib.Path(tempfile.mkdtemp())
MANIFEST = """apiVersion: slipway/v1
kind: Model
metadata: {name: digits, owner: team-wire, tier: 3}
spec:
  task: multiclass
  evaluation:
    - {metric: accuracy, min: 0.6}
    - {metric: log_loss, max: 1}
  release: {strategy: canary, steps: [100], stepDuration: 1s, minRequests: 1, deadline: 1h}
  monitors:
    performance: {metric: accuracy, min: 0.5, window: 3s, labels: {delay: 10s, horizon: 1h}}
"""


def slipway(*words):
    done = subprocess.run(
        [os.environ["SLIPWAY_BINARY"], *words], capture_output=True, text=True, env={**os.environ, "SLIPWAY_URL": URL})
    return done.returncode, done.stdout + done.stderr


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def table(name, rows, names):
    path = FOLDER / name
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "digit"])
        writer.writerows([*row, text] for row, text in zip(rows.tolist(), names))
    return str(path)


def whole():
    pixels, digits = load_digits(return_X_y=True)
    random = np.random.default_rng(20130401)
    # The file is in the order of its writers; few rows to learn from and much noise make some answers wrong.
    order = random.permutation(len(digits))
    pixels, names = pixels[order].astype(np.float32), NAMES[digits[order]]
    noisy = pixels + random.normal(0, 4, pixels.shape).astype(np.float32)
    train, test, live = slice(0, 300), slice(300, 1300), slice(1300, None)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(noisy[train], names[train])
    file = to_onnx(model, noisy[:1], options={"zipmap": False}, target_opset=17)
    onnx.helper.set_model_props(file, {"slipway.features": json.dumps(COLUMNS)})
    with mlflow.start_run():
        mlflow.onnx.log_model(file, name="model", registered_model_name="digits")

    (FOLDER / "slipway.yaml").write_text(MANIFEST)
    equal("the manifest is taken", slipway("apply", str(FOLDER / "slipway.yaml"))[0], 0)
    code, said = slipway("evaluate", "digits@1", "--data", table("test.csv", noisy[test], names[test]), "--label", "digit", "--json")
    equal("it can be evaluated", code, 0)
    metrics = json.loads(said)["metrics"]
    expected = model.predict(noisy[test])
    check("accuracy is scikit-learn's", abs(metrics["accuracy"] - accuracy_score(names[test], expected)) < 1e-3, metrics)
    theirs = log_loss(names[test], model.predict_proba(noisy[test]), labels=model.classes_)
    check("log loss is scikit-learn's", abs(metrics["log_loss"] - theirs) < 1e-3, f"{metrics}, {theirs}")
    code, said = slipway("check", "digits@1", "--to", "production")
    check("the gate rests on it", code == 0 and "accuracy" in said, said)

    release = post("/api/slipway/v1/models/digits/versions/1/ship", {})["release"]["release"]
    for _ in range(300):
        with urllib.request.urlopen(f"{URL}/api/slipway/v1/releases/{release}") as answer:
            if json.load(answer).get("phase") == "finished":
                break
        time.sleep(0.1)
    rows = noisy[live]
    question = {"inputs": [{"name": file.graph.input[0].name, "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}]}
    answer = post("/v2/models/digits/infer", question)
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    equal("the answers are scikit-learn's", outputs[file.graph.output[0].name], model.predict(rows).tolist())
    name = answer["parameters"]["prediction_id"]

    labels = FOLDER / "labels.csv"
    labels.write_text("prediction,digit\n" + "".join(f"{name}-{row},{text}\n" for row, text in enumerate(names[live])))
    code, said = slipway("labels", "digits", str(labels), "--label", "digit", "--json")
    equal("labels come by name", (code, json.loads(said)["joined"]), (0, len(rows)))
    realised = accuracy_score(names[live], model.predict(rows))
    window = {}
    for _ in range(100):
        code, said = slipway("performance", "digits", "--json")
        window = (json.loads(said)["windows"] or [{}])[0] if code == 0 else {}
        if window.get("value") is not None and window.get("estimate"):
            break
        time.sleep(0.2)
    check("realised accuracy", abs((window.get("value") or 0) - realised) < 1e-9, f"{window}, {realised}")
    estimate = window.get("estimate") or {}
    check("estimated by how sure it is", estimate.get("method") == "cbpe", window)
    check("what came lies in what was expected", estimate.get("lower", 1) <= realised <= estimate.get("upper", 0), f"{estimate}, {realised}")
    with urllib.request.urlopen(f"{URL}/api/slipway/v1/models/digits/predictions/{name}-0") as found:
        one = json.load(found)["prediction"]
    equal("what was said and what was true", (one["answer"], one["class"]), (outputs[file.graph.output[0].name][0], names[live][0]))
    code, said = slipway("performance", "digits")
    check("people can read it", code == 0 and "accuracy" in said, said)


section("multiclass", whole)
report()
