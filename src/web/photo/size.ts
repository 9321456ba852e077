/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels. */
export interface Area extends Size {
  readonly left: number;
  readonly top: number;
}
