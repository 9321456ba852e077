import { useSay } from '../messages/use-say.ts';
import { CopyButton } from './copy-button.tsx';
import { Picture } from './picture.tsx';
import type { Picture as PictureData } from './state.ts';

interface Rendition {
  readonly url: string;
  /** Edge length in pixels. */
  readonly width: number;
}

/** Edge length of the example `<img>` tag in CSS pixels. */
const TAG_EDGE = 128;
const SHOWN_EDGES = [128, 64, 32];

/** Shows developers the current picture in common sizes, with its URLs and an `<img>` tag. */
export function Sizes({ picture }: { readonly picture: PictureData }) {
  const say = useSay();
  const tag = imageTag(picture);
  return (
    <section class="card sizes" aria-labelledby="sizes-title">
      <h2 id="sizes-title">{say('useInApp')}</h2>
      <div class="row samples">
        {SHOWN_EDGES.map((edge) => (
          <figure key={edge}>
            <Picture picture={picture} edge={edge} alt="" />
            <figcaption class="soft">{edge}</figcaption>
          </figure>
        ))}
      </div>
      <div class="code">
        <h3>URL</h3>
        <CopyButton label="URL" text={picture.url} />
        <pre>
          <code>{picture.url}</code>
        </pre>
      </div>
      <div class="code">
        <h3>HTML</h3>
        <CopyButton label="HTML" text={tag} />
        <pre>
          <code>{tag}</code>
        </pre>
      </div>
      <h3>{say('allFiles')}</h3>
      <ul class="files">
        <Files format="WebP" renditions={renditionsOf(picture.srcSet)} />
        <Files format="JPEG" renditions={renditionsOf(picture.jpegSrcSet)} />
      </ul>
    </section>
  );
}

function Files({
  format,
  renditions,
}: {
  readonly format: string;
  readonly renditions: readonly Rendition[];
}) {
  return (
    <>
      {renditions.map(({ url, width }) => (
        <li key={url}>
          <a href={url}>
            {format} {width}
          </a>
        </li>
      ))}
    </>
  );
}

function renditionsOf(srcSet: string): readonly Rendition[] {
  return srcSet.split(', ').map((candidate) => {
    const [url = '', width = ''] = candidate.split(' ');
    return { url, width: Number.parseInt(width, 10) };
  });
}

/** Returns an `<img>` tag to paste into a page. */
function imageTag({ url, srcSet, altText }: PictureData): string {
  const alt = (altText ?? '').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return [
    `<img src="${url}"`,
    `  srcset="${srcSet.replaceAll(', ', ',\n    ')}"`,
    `  sizes="${TAG_EDGE}px" width="${TAG_EDGE}" height="${TAG_EDGE}" alt="${alt}">`,
  ].join('\n');
}
