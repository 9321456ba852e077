/** Gray with a contrast of 5:1 to white. */
const BACKGROUND = '#70757a';

/**
 * Returns an SVG image of a head and shoulders, for users whose initials are not wanted or cannot be drawn.
 * @param size edge length in pixels.
 */
export function drawSilhouette(size: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
<rect width="100" height="100" fill="${BACKGROUND}"/>
<circle cx="50" cy="38" r="18" fill="#fff"/>
<path d="M14 100a36 38 0 0 1 72 0z" fill="#fff"/>
</svg>
`;
}
