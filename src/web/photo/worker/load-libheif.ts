/** The part of libheif-js that Portrait uses. */
export interface Libheif {
  readonly HeifDecoder: new () => {
    /** Returns the top-level pictures of a file, or none if it is damaged. */
    decode(file: ArrayBuffer): readonly HeifImage[];
  };
}

export interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary(): boolean;
  /** Decodes the upright picture into the data as RGBA of 8 bits. Calls back with null if that fails. */
  display(target: HeifPixels, done: (target: HeifPixels | null) => void): void;
}

export interface HeifPixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The browser could not load the HEIC decoder, or does not support WebAssembly. */
export class DecoderUnavailableError extends Error {
  override readonly name = 'DecoderUnavailableError';
}

/** Names of libheif's files. The build replaces this variable. */
declare const LIBHEIF_FILES: { readonly script: string; readonly wasm: string };

/** The global of libheif's script. */
declare const libheif: (options: { readonly wasmBinary: ArrayBuffer }) => Libheif;

/**
 * Loads libheif, which consists of two unchanged files. Rejects with DecoderUnavailableError.
 * @param folder URL of the folder with these files.
 */
export async function loadLibheif(folder: string): Promise<Libheif> {
  const scriptUrl = new URL(LIBHEIF_FILES.script, folder).href;
  const wasmUrl = new URL(LIBHEIF_FILES.wasm, folder).href;
  try {
    const response = await fetch(wasmUrl);
    if (!response.ok) {
      throw new Error(`The server returned ${response.status} for ${wasmUrl}.`);
    }
    importScripts(scriptUrl);
    return libheif({ wasmBinary: await response.arrayBuffer() });
  } catch (cause) {
    throw new DecoderUnavailableError(`libheif could not be loaded: ${cause}`, { cause });
  }
}
