"""Cases that fail in TVM 0.27 itself, before or outside this project's code, each with its reason."""

from .trial import BUILD_ERROR, CRASH

BROKEN = {
    "nn.batch_to_space_nd": (CRASH, "TVM's own function ends the process, whatever its arguments"),
    "nn.conv2d_winograd_nhwc_without_weight_transform": (
        BUILD_ERROR,
        "TVM raises on purpose: it has taken out filters transformed beforehand for this layout",
    ),
    "nn.conv2d_winograd_weight_transform": (
        BUILD_ERROR,
        "TVM asserts that the filters' data type is a text, which it no longer is",
    ),
    "nn.conv3d_winograd_weight_transform": (
        BUILD_ERROR,
        "TVM asserts that the filters' data type is a text, which it no longer is",
    ),
    "nn.depthwise_conv2d_NCHWc": (BUILD_ERROR, "TVM has no definition, only the name"),
    "nn.dense_pack": (BUILD_ERROR, "TVM's file calls a function that it does not import"),
    "nn.lstm": (BUILD_ERROR, "TVM 0.27 lowers no te.scan"),
    "sparse_reshape": (BUILD_ERROR, "TVM's loops are not in one block, which its builder no longer takes"),
}
