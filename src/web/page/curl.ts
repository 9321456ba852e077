import { describeFiles, findFiles, type GraphQLRequest } from '../shared/encode-request.ts';

export interface CurlOptions {
  /** A whole URL. */
  readonly endpoint: string;
  /** The command sends the token that it finds in the variable `TOKEN`. */
  readonly needsToken: boolean;
}

/** The same request for a POSIX shell; files are named as they lie in the folder where it is run. */
export function asCurl(request: GraphQLRequest, { endpoint, needsToken }: CurlOptions): string {
  const places = findFiles(request);
  const { operations, map } = describeFiles(request, places);
  const body =
    places.length === 0
      ? ["-H 'Content-Type: application/json'", `-d ${quote(operations)}`]
      : [
          `-F operations=${quote(operations)}`,
          `-F map=${quote(map)}`,
          ...places.map(({ file }, index) => `-F ${index}=@${quoteFileName(file.name)}`),
        ];
  const token = needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : [];
  return [`curl ${quote(endpoint)}`, ...token, ...body].join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** curl reads `;` and `,` in a file's name itself, unless it stands in double quotes. */
function quoteFileName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : quote(`"${name.replace(/["\\]/g, String.raw`\$&`)}"`);
}
