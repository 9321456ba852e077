import { type FileHandle, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxPixelsOf } from '../../imaging/accepted-types.ts';
import { detectType, TYPE_SAMPLE_BYTES } from '../../imaging/detect-type.ts';
import type { PictureParts } from '../../pictures/picture-parts.ts';

/**
 * Renders a file like an upload, and deletes the result. Rejects with UnsupportedFileTypeError or the errors of
 * `Imaging.render`.
 */
export async function tryRendering(
  { imaging, acceptedTypes, maxPixels }: Pick<PictureParts, 'imaging' | 'acceptedTypes' | 'maxPixels'>,
  path: string,
  file: FileHandle,
  user: string,
): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TYPE_SAMPLE_BYTES), 0, TYPE_SAMPLE_BYTES, 0);
  const type = await detectType(buffer.subarray(0, bytesRead), acceptedTypes);
  const outputDirectory = await mkdtemp(join(tmpdir(), 'portrait-import-'));
  try {
    await imaging.render(
      {
        inputPath: path,
        outputDirectory,
        format: type.format,
        maxPixels: maxPixelsOf(type, maxPixels),
        sync: false,
      },
      { user },
    );
  } finally {
    await rm(outputDirectory, { recursive: true, force: true });
  }
}
