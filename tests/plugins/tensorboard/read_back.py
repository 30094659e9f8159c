"""Opens the runs that runs_test.cpp wrote with both loaders of the real TensorBoard, the Python one
and the Rust one (the default where its wheel is), and compares all that the dashboards get: scalars,
histograms, text, hyper-parameters with their metrics, and how each run ended.

Usage: read_back.py FOLDER
"""

import json
import logging
import math
import sys
import time
from pathlib import Path

from tensorboard import context
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.data import provider, server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups
from tensorboard.util import grpc_util

EXPERIMENT = "all"
ASK = {"ctx": context.RequestContext(), "experiment_id": EXPERIMENT}


def python_loader(logdir):
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(logdir)
    multiplexer.Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, logdir)


def rust_loader(logdir):
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=logdir,
        reload_interval=1,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
    )
    ingester.start()
    return ingester.data_provider


def comparable(value):
    return float(value) if math.isfinite(value) else str(float(value))


def series(data, kind, plugin, read):
    found = getattr(data, f"read_{kind}")(**ASK, plugin_name=plugin, downsample=10000)
    return {
        run: {tag: [read(point) for point in points] for tag, points in tags.items() if points}
        for run, tags in found.items()
    }


def scalars(data):
    return series(data, "scalars", "scalars", lambda p: [p.step, comparable(p.value)])


def sessions(data):
    """{run: (hyper-parameters, {metric: [step, value]}, status)}, as the HParams tab shows them."""
    backend = backend_context.Context(base_plugin.TBContext(data_provider=data))
    experiment = backend.experiment_from_metadata(
        ASK["ctx"], EXPERIMENT, True, backend.hparams_metadata(ASK["ctx"], EXPERIMENT),
        backend.hparams_from_data_provider(ASK["ctx"], EXPERIMENT, None),
    )
    request = api_pb2.ListSessionGroupsRequest(
        allowed_statuses=api_pb2.Status.values(), start_index=0, slice_size=100,
    )
    request.col_params.extend(
        api_pb2.ColParams(metric=metric.name) for metric in experiment.metric_infos
    )
    answer = list_session_groups.Handler(ASK["ctx"], backend, EXPERIMENT, request).run()
    out = {}
    for group in answer.session_groups:
        for session in group.sessions:
            parameters = {name: getattr(v, v.WhichOneof("kind")) for name, v in group.hparams.items()}
            metrics = {
                f"{m.name.group}{m.name.tag}": [m.training_step, m.value]
                for m in session.metric_values
            }
            out[session.name] = (parameters, metrics, api_pb2.Status.Name(session.status))
    return out


def check_when_loaded(data, expected, seconds=20):
    """The Rust loader answers before it has read all."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check(data, expected)
        except (AssertionError, KeyError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def check(data, expected):
    found = scalars(data)
    for run, truth in expected.items():
        assert found.get(run) == truth["scalars"], (run, found.get(run), truth["scalars"])

    for run, tags in series(data, "tensors", "histograms", lambda p: [p.step, p.numpy]).items():
        steps = {tag: [step for step, _ in points] for tag, points in tags.items()}
        assert steps == expected[run]["histograms"], (run, steps)
        for _, buckets in tags["tensors/layers.0.w"]:  # left edge, right edge, count
            assert buckets.tolist() == [[-1, 0, 1], [0, 1, 0], [1, 2, 3]], buckets

    for run, tags in series(data, "tensors", "text", lambda p: [p.step, p.numpy]).items():
        points = tags["run/options"]
        assert len({step for step, _ in points}) == len(points), points
        table = points[-1][1].item().decode()
        assert table.startswith("| option | value | from |\n| --- | --- | --- |\n"), table
        assert f"| mezo.lr | {expected[run]['hparams']['mezo.lr']} | run.ini:3 |" in table, table

    shown = sessions(data)
    assert set(shown) == set(expected), shown
    for run, (parameters, metrics, status) in shown.items():
        assert parameters == expected[run]["hparams"], (run, parameters)
        assert all(isinstance(parameters[n], type(v)) or n == "seed"
                   for n, v in expected[run]["hparams"].items()), parameters
        assert status == expected[run]["status"], (run, status)
        if run == ".":
            continue  # TensorBoard 2.21 asks for the metrics of a run "./." then, and finds none
        last = {tag: points[-1] for tag, points in expected[run]["scalars"].items()}
        assert {t: [s, comparable(v)] for t, (s, v) in metrics.items()} == last, (run, metrics)


def main(folder):
    expected = json.loads((folder / "expected.json").read_text())
    alone = {".": expected["restarted"]}
    loaders = {"Python": python_loader, "Rust": rust_loader}
    for name, load in loaders.items():
        try:
            for logdir, truth in (folder, expected), (folder / "restarted", alone):
                check_when_loaded(load(str(logdir)), truth)
        except server_ingester.NoDataServerError as problem:
            print(f"{name} loader: skipped, {problem}")
            continue
        points = sum(len(p) for run in expected.values() for p in run["scalars"].values())
        print(f"{name} loader: {len(expected)} runs with {points} scalars are as they were written")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    logging.disable(logging.WARNING)
    main(Path(sys.argv[1]))
