#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What nibabel makes of NIfTI files; the tests hold ours against it.

    nifti-nibabel.py read FILE ...       one line a file and volume:
        name index  dims  zooms  affine  sha256    (canonical, float32)
    nifti-nibabel.py same SOURCE WRITTEN ...  exits with 1 and says why when
        a WRITTEN does not have the geometry of its SOURCE

Ends with status 77 where nibabel is missing.
"""

import hashlib
import os
import sys

try:
    import nibabel as nib
    import numpy as np
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def load(path):
    # Not nibabel.load(), which hides the voxels of CIFTI-2 files.
    with nib.openers.ImageOpener(path) as file:
        header = file.read(348)
    kinds = {b'n+1': nib.Nifti1Image, b'ni1': nib.Nifti1Pair,
             b'n+2': nib.Nifti2Image, b'ni2': nib.Nifti2Pair}
    magic = header[344:347] if header[344:347] in kinds else header[4:7]
    return kinds[magic].from_filename(path)


def read(path):
    image = load(path)
    shape = tuple(int(n) for n in image.header['dim'][1:image.header['dim'][0] + 1])
    shape += (1,) * (3 - len(shape))
    data = np.asarray(image.get_fdata()).reshape(shape[:3] + (-1,), order='F')
    for index in sorted({0, data.shape[3] - 1}):
        volume = nib.Nifti1Image(data[..., index], image.affine)
        canonical = nib.as_closest_canonical(volume)
        values = canonical.get_fdata().astype('<f4')
        # Not a number is not one value: make it the same everywhere.
        values[np.isnan(values)] = np.float32('nan')
        axes = nib.io_orientation(image.affine)[:, 0].astype(int)
        zooms = np.zeros(3)
        zooms[axes] = image.header['pixdim'][1:4]
        digest = hashlib.sha256(values.tobytes(order='F')).hexdigest()
        numbers = [*values.shape, *zooms, *canonical.affine[:3].ravel()]
        print(os.path.basename(path), index,
              ' '.join(repr(float(n)) for n in numbers), digest)


def same(source, written):
    a, b = load(source), load(written)
    fields = ['sizeof_hdr', 'qform_code', 'sform_code', 'quatern_b',
              'quatern_c', 'quatern_d', 'qoffset_x', 'qoffset_y', 'qoffset_z',
              'srow_x', 'srow_y', 'srow_z', 'xyzt_units', 'descrip',
              'dim_info']
    for field in fields:
        if not np.array_equal(a.header[field], b.header[field]):
            sys.exit(f'{field}: {a.header[field]} in {source}, '
                     f'{b.header[field]} in {written}')
    if not np.array_equal(a.header['pixdim'][:4], b.header['pixdim'][:4]):
        sys.exit('voxel sizes differ')
    if not np.array_equal(a.affine, b.affine):
        sys.exit('affines differ')
    if (a.shape + (1, 1))[:3] != b.shape:
        sys.exit(f'shapes differ: {a.shape}, {b.shape}')
    if b.dataobj.slope != 1 or b.dataobj.inter != 0:
        sys.exit('the written file is scaled')
    ours = [(e.get_code(), e.get_content()) for e in b.header.extensions]
    if ours != [(e.get_code(), e.get_content()) for e in a.header.extensions]:
        sys.exit('extensions differ')


if sys.argv[1] == 'read':
    for name in sys.argv[2:]:
        read(name)
else:
    for source, written in zip(sys.argv[2::2], sys.argv[3::2]):
        same(source, written)
