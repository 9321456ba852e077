import { hasAllGifPixels } from '../../src/imaging/containers/gif-pixels.ts';
import { hasExactRows, repairPng } from '../../src/imaging/containers/png-pixels.ts';
import { makeGif, wholeGifFrame } from '../hostile/files/gif.ts';
import { insertPngChunks, makePng, pngChunk } from '../hostile/files/png.ts';

/** Size of each picture, the default limit of uploads. */
const BYTES = 5 * 1024 ** 2;

/** The results for pictures that are whole, but stored in as many blocks as fit into the size. */
export interface Report {
  readonly gif: boolean;
  readonly png: boolean;
  readonly repaired: boolean;
}

const frame = wholeGifFrame(64, 64);
const gifBlocks = Buffer.alloc(BYTES, Buffer.from([1, 0]));
const gif = makeGif({
  width: 64,
  height: 64,
  blocks: [frame.subarray(0, -1), gifBlocks, frame.subarray(-1)],
});
const chunk = pngChunk('IDAT');
const chunks = Buffer.alloc(Math.floor(BYTES / chunk.length) * chunk.length, chunk);
const png = insertPngChunks(makePng({ width: 64, height: 64 }), chunks);

const report: Report = {
  gif: hasAllGifPixels(gif, 1),
  png: await hasExactRows(png),
  repaired: (await repairPng(png)) !== undefined,
};
process.stdout.write(JSON.stringify(report));
