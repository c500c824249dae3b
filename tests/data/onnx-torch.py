#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes onnx/: networks as PyTorch exports them, an input for each and what they
predict, for tests that read ONNX files. Needs Debian's python3-torch (1.13) and
python3-onnx; the tests only read what it wrote.

usage: tests/data/onnx-torch.py FOLDER [PHANTOMS]

PHANTOMS are slices to train the network of the tutorial with, which else stays as it
is:

    gst-launch-1.0 phantomsrc subjects=20 subset=train size=24x48x48 axis=x \\
        ! voxelnormalize mode=zero-mean ! filesink location=PHANTOMS
"""
import io
import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from torch import nn

SIDE = 48


def block(i, o, conv=nn.Conv2d, norm=nn.BatchNorm2d):
    """Convolutions with batch norm, one of them with a bias of its own."""
    return nn.Sequential(
        conv(i, o, 3, padding=1, bias=False), norm(o), nn.ReLU(),
        conv(o, o, 3, padding=1), norm(o), nn.ReLU())


class UNet(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.e1, self.e2 = block(1, width), block(width, 2 * width)
        self.b = block(2 * width, 4 * width)
        self.u2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.d2 = block(4 * width, 2 * width)
        self.u1 = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.d1 = block(2 * width, width)
        self.out = nn.Conv2d(width, classes, 1)

    def logits(self, x):
        e1 = self.e1(x)
        e2 = self.e2(F.avg_pool2d(e1, 2))
        b = self.b(F.avg_pool2d(e2, 2))
        d2 = self.d2(torch.cat([self.u2(b), e2], 1))
        return self.out(self.d1(torch.cat([self.u1(d2), e1], 1)))

    def forward(self, x):
        y = self.logits(x)
        return torch.sigmoid(y) if y.shape[1] == 1 else torch.softmax(y, 1)


class Classifier(nn.Module):
    """A view instead of a Flatten, batch norm of vectors, no end."""
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 6, 5, stride=2, padding=2)
        self.bn = nn.BatchNorm2d(6)
        self.c2 = nn.Conv2d(6, 8, 3, padding=1)
        self.f1 = nn.Linear(8 * 4 * 4, 12)
        self.bn1 = nn.BatchNorm1d(12)
        self.f2 = nn.Linear(12, 5)

    def forward(self, x):
        x = F.relu(self.bn(self.c1(x)))
        x = F.avg_pool2d(F.relu(self.c2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.f2(F.relu(self.bn1(self.f1(x))))


class Residual(nn.Module):
    """Sums with and without weights, of a value with itself too, batch norm before
    a convolution, groups and dilation, outputs joined at the end."""
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(2, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.c2 = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.c3 = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2)
        self.short = nn.Conv2d(4, 4, 1)
        self.a = nn.Conv2d(4, 2, 1)
        self.b = nn.Conv2d(4, 1, 1)

    def forward(self, x):
        x = F.relu(self.c1(x))
        y = F.relu(self.c2(self.bn(x)) + x)
        z = F.relu(self.c3(y) + self.short(y) + 0.25)
        z = z + z
        return torch.cat([self.a(z), self.b(y * 0.5)], 1)


class Volumes(nn.Module):
    """A U-Net of volumes, with groups and dilation at its bottom, and batch norm
    before a sum."""
    def __init__(self, width):
        super().__init__()
        of_volumes = nn.Conv3d, nn.BatchNorm3d
        self.e1, self.d1 = block(1, width, *of_volumes), block(2 * width, width, *of_volumes)
        self.b = nn.Conv3d(width, 2 * width, 3, padding=2, dilation=2, groups=2)
        self.bn = nn.BatchNorm3d(2 * width)
        self.short = nn.Conv3d(width, 2 * width, 1)
        self.u1 = nn.ConvTranspose3d(2 * width, width, 2, stride=2)
        self.out = nn.Conv3d(width, 1, 1)

    def forward(self, x):
        e1 = self.e1(x)
        x = F.avg_pool3d(e1, 2)
        b = F.relu(self.bn(self.b(x)) + self.short(x) + 0.25)
        return torch.sigmoid(self.out(self.d1(torch.cat([self.u1(b), e1], 1))))


class Cubes(nn.Module):
    """A classifier of volumes: strides, and all values of a channel averaged."""
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv3d(2, 4, 3, stride=2, padding=1)
        self.c2 = nn.Conv3d(4, 4, 2)
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.f = nn.Linear(4, 3)
        self.bn = nn.BatchNorm3d(4)

    def forward(self, x):
        x = F.relu(self.c2(F.relu(self.c1(x))))
        return self.f(torch.flatten(self.pool(x) + self.pool(self.bn(x)), 1))


class Idioms(nn.Module):
    """What is written by hand, and exported as it stands: intensities normalised by the
    network, sizes multiplied for a view, means over axes, Linear without a bias."""
    def __init__(self):
        super().__init__()
        self.mean = nn.Parameter(torch.tensor([0.2, -0.3]).reshape(2, 1, 1))
        self.deviation = nn.Parameter(torch.tensor([0.5, 2.]).reshape(1, 2, 1, 1))
        self.c1 = nn.Conv2d(2, 4, 3, padding=1)
        self.c2 = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.all = nn.Linear(6 * 3 * 3, 7, bias=False)
        self.means = nn.Linear(6, 7, bias=False)
        self.wide = nn.Conv2d(4, 7, 1)
        self.last = nn.Linear(7, 3, bias=False)

    def forward(self, x):
        x = F.relu(self.c1((x - self.mean) / self.deviation))
        y = F.relu(self.c2(1 - x))
        n, channels, height, width = y.shape
        z = self.all(y.view(n, channels * height * width)) + self.means(y.mean((-1, 2)))
        z = z + self.wide(x.mean((2, 3), keepdim=True)).flatten(1)
        return self.last(F.relu(z))


def randomised(seed, kind, *arguments):
    """With statistics as training leaves them, not 0 and 1."""
    torch.manual_seed(seed)
    model = kind(*arguments)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm3d, nn.BatchNorm2d, nn.BatchNorm1d)):
            nn.init.normal_(module.running_mean, 0, 0.3)
            nn.init.uniform_(module.running_var, 0.3, 3)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
    return model.eval()


def export(model, shape, opset, open_batch, open_size=False, **options):
    """With batch norm as it is: by itself, export folds it."""
    axes = {0: "samples"} if open_batch else {}
    names = ["depth", "height", "width"][5 - len(shape):]
    axes.update({2 + i: name for i, name in enumerate(names) if open_size})
    stream = io.BytesIO()
    torch.onnx.export(model, torch.zeros(*shape), stream,
                      opset_version=opset, input_names=["image"],
                      training=torch.onnx.TrainingMode.PRESERVE,
                      output_names=["prediction"],
                      dynamic_axes={"image": axes} if axes else None, **options)
    return onnx.load_from_string(stream.getvalue())


def as_opset(graph, opset):
    """Of a set whose operators that occur are the same."""
    graph.opset_import[0].version = opset
    return graph


def check(graph):
    onnx.checker.check_model(graph, full_check=True)
    return graph


def save(folder, name, graph, image, prediction):
    onnx.save(check(graph), str(folder / f"{name}.onnx"))
    np.save(folder / f"{name}.input.npy", image.numpy()[0].astype("f4"))
    np.save(folder / f"{name}.npy", prediction.detach().numpy()[0])


def save_model(folder, name, model, shape, opset, seed, as_set=None, **options):
    torch.manual_seed(seed)
    image = torch.rand(*shape) * 2 - 1
    graph = export(model, shape, opset, **options)
    save(folder, name, as_opset(graph, as_set or opset), image, model(image))


def made(folder):
    """What other exporters write: values in the message and not as bytes, padding
    by a word, a product and a sum in place of a Gemm."""
    torch.manual_seed(5)
    w, b = torch.randn(3, 1, 3, 3), torch.randn(3)
    v, c = torch.randn(3 * 6 * 6, 4), torch.randn(1, 4)
    def floats(name, t):
        return helper.make_tensor(name, 1, t.shape, t.flatten().tolist())
    nodes = [
        helper.make_node("Add", ["image", "shift"], ["s"]),
        helper.make_node("Conv", ["s", "w", "b"], ["conv"], "conv",
                         auto_pad="SAME_UPPER"),
        helper.make_node("Relu", ["conv"], ["act"]),
        helper.make_node("Constant", [], ["shape"],
                         value=helper.make_tensor("", 7, [2], [0, -1])),
        helper.make_node("Reshape", ["act", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "v"], ["product"], "dense"),
        helper.make_node("Add", ["c", "product"], ["prediction"]),
    ]
    graph = helper.make_graph(
        nodes, "made",
        [helper.make_tensor_value_info("image", 1, ["n", 1, 6, 6])],
        [helper.make_tensor_value_info("prediction", 1, ["n", 4])],
        [floats("w", w), floats("b", b), floats("c", c),
         numpy_helper.from_array(v.numpy(), "v"),
         floats("shift", torch.tensor(0.5))])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    image = torch.rand(1, 1, 6, 6)
    x = F.relu(F.conv2d(image + 0.5, w, b, padding=1)).flatten(1)
    save(folder, "made", model, image, x @ v + c)


def refused(folder):
    """A network with a MaxPool."""
    model = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(),
                          nn.MaxPool2d(2), nn.Conv2d(2, 1, 1)).eval()
    onnx.save(export(model, (1, 1, 8, 8), 13, False),
              str(folder / "maxpool.onnx"))


def read_phantoms(path):
    """Slices of floats, each with its mask of bytes behind it."""
    raw = np.fromfile(path, np.uint8).reshape(-1, 5 * SIDE * SIDE)
    images = raw[:, :4 * SIDE * SIDE].copy().view("<f4")
    shape = -1, 1, SIDE, SIDE
    return (torch.from_numpy(images.reshape(shape)),
            torch.from_numpy(raw[:, 4 * SIDE * SIDE:].reshape(shape)).float())


def train(path):
    """A U-Net on phantoms, by soft Dice and cross-entropy."""
    torch.manual_seed(0)
    images, masks = read_phantoms(path)
    model = UNet(6, 1)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    epochs, batch = 30, 16
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        order = torch.randperm(len(images))
        for i in range(0, len(order) - batch + 1, batch):
            x, y = images[order[i:i + batch]], masks[order[i:i + batch]]
            z = model.logits(x)
            p = torch.sigmoid(z)
            dice = 2 * (p * y).sum() / (p.sum() + y.sum() + 1)
            loss = 1 - dice + F.binary_cross_entropy_with_logits(z, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    print("last loss", loss.item())
    return model.eval()


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    save_model(folder, "unet", randomised(2, UNet, 3, 1), (1, 1, 12, 16), 13, 11,
               open_batch=True, open_size=True)
    save_model(folder, "classes", randomised(2, UNet, 3, 3), (1, 1, 8, 12), 11,
               12, open_batch=False)
    save_model(folder, "classifier", randomised(3, Classifier), (1, 3, 16, 16),
               16, 13, as_set=17, open_batch=True)
    save_model(folder, "residual", randomised(4, Residual), (1, 2, 7, 9), 12,
               14, open_batch=False)
    save_model(folder, "volumes", randomised(9, Volumes, 2), (1, 1, 4, 6, 8), 13, 16,
               open_batch=True, open_size=True)
    save_model(folder, "cubes", randomised(7, Cubes), (1, 2, 5, 5, 5), 13, 17,
               open_batch=False)
    save_model(folder, "idioms", randomised(8, Idioms), (1, 2, 6, 6), 13, 18,
               open_batch=True, do_constant_folding=False)
    made(folder)
    refused(folder)
    if len(sys.argv) > 2:
        save_model(folder, "phantoms", train(sys.argv[2]), (1, 1, SIDE, SIDE), 13,
                   15, open_batch=True)


main()
