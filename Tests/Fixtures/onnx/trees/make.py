"""Makes the models of trees beside this file, as the exporters of three libraries write them.

Run with scikit-learn, skl2onnx, lightgbm, xgboost and onnxmltools installed (tried with 1.9.1, 1.20.0, 4.7.0, 3.2.0 and
1.16.0). The data are scikit-learn's; a tenth of the values is taken away where a name ends with "missing".
"""
import pathlib

import lightgbm
import numpy as np
import onnx
import xgboost
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (ExtraTreesClassifier, GradientBoostingClassifier, GradientBoostingRegressor,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent


def numbers(load):
    features, target = load(return_X_y=True)
    return features.astype(np.float32), target


def main():
    two, three, line = numbers(load_breast_cancer), numbers(load_iris), numbers(load_diabetes)
    names = np.array(["setosa", "versicolor", "virginica"])[three[1]]
    missing = two[0].copy()
    missing[np.random.default_rng(0).random(missing.shape) < 0.1] = np.nan
    some = {"n_estimators": 6, "random_state": 0}
    small = some | {"max_depth": 4}

    def scikit(name, model, features, target, **options):
        save(name, to_onnx(model.fit(features, target), features[:1], **options))

    def other(name, convert, model, features, target, **options):
        fitted = model.fit(features, target)
        save(name, convert(fitted, initial_types=[("X", FloatTensorType([None, features.shape[1]]))],
                           target_opset=15, **options))

    plain = {"options": {"zipmap": False}}
    scikit("scikit-boosting-two", GradientBoostingClassifier(**some), *two, **plain)
    scikit("scikit-boosting-three", GradientBoostingClassifier(**some), *three, **plain)
    scikit("scikit-boosting-number", GradientBoostingRegressor(**some), *line)
    scikit("scikit-forest-two", RandomForestClassifier(**some), *two)
    scikit("scikit-forest-three", ExtraTreesClassifier(**small), three[0], names)
    scikit("scikit-forest-number", RandomForestRegressor(**small), *line)
    scikit("scikit-tree", DecisionTreeClassifier(random_state=0), *two, **plain)
    quiet = {"n_estimators": 6, "verbose": -1, "num_leaves": 12}
    other("lightgbm-two-missing", convert_lightgbm, lightgbm.LGBMClassifier(**quiet), missing, two[1])
    other("lightgbm-three", convert_lightgbm, lightgbm.LGBMClassifier(**quiet), *three)
    other("lightgbm-number", convert_lightgbm, lightgbm.LGBMRegressor(**quiet), *line)
    other("xgboost-two-missing", convert_xgboost, xgboost.XGBClassifier(**small), missing, two[1])
    other("xgboost-three", convert_xgboost, xgboost.XGBClassifier(**small), *three)
    other("xgboost-number", convert_xgboost, xgboost.XGBRegressor(**small), *line)


def save(name, model):
    model.producer_version = "fixture"
    onnx.save(model, HERE / f"{name}.onnx")


if __name__ == "__main__":
    main()
