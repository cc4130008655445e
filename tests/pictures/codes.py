"""Draws codes for cameras, as pictures of the tests."""

from __future__ import annotations

import numpy as np
import zxingcpp
from PIL import Image

FORMATS = {
    "QR": zxingcpp.BarcodeFormat.QRCode,
    "Micro QR": zxingcpp.BarcodeFormat.MicroQRCode,
    "rMQR": zxingcpp.BarcodeFormat.RMQRCode,
    "Aztec": zxingcpp.BarcodeFormat.Aztec,
    "DataMatrix": zxingcpp.BarcodeFormat.DataMatrix,
    "PDF417": zxingcpp.BarcodeFormat.PDF417,
}


def draw_code(text: str, kind: str = "QR", scale: int = 4) -> Image.Image:
    """Return a code, black on white, with ``scale`` pixels a module."""
    code = zxingcpp.create_barcode(text, FORMATS[kind])
    return Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=scale)))
