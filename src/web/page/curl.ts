import { describeFiles, findFiles, type GraphQLRequest } from '../shared/encode-request.ts';

/** The same request for a POSIX shell; files are named as they lie in the folder where it is run. */
export function asCurl(request: GraphQLRequest, endpoint: string): string {
  const places = findFiles(request);
  const { operations, map } = describeFiles(request, places);
  const lines =
    places.length === 0
      ? ["-H 'Content-Type: application/json'", `-d ${quote(operations)}`]
      : [
          `-F operations=${quote(operations)}`,
          `-F map=${quote(map)}`,
          ...places.map(({ file }, index) => `-F ${index}=@${quoteFileName(file.name)}`),
        ];
  return [`curl ${quote(endpoint)}`, ...lines].join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** curl reads `;` and `,` in a file's name itself, unless it stands in double quotes. */
function quoteFileName(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : quote(`"${name.replace(/["\\]/g, String.raw`\$&`)}"`);
}
