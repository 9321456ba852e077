import { formatBytes } from '../shared/format-bytes.ts';
import { findPictures } from './find-pictures.ts';
import type { FileVariable } from './operation.ts';
import type { Store } from './store.ts';
import { TokenHint } from './token-hint.tsx';
import { fetchUploadRules, type UploadRules, warningFor } from './upload-rules.ts';

interface FilesPanelProps {
  readonly store: Store;
  readonly endpoint: string;
  /** Prefixes of the URLs of the server and its pictures. */
  readonly ownUrls: readonly string[];
  /** Whether the server rejects mutations without a token. */
  readonly needsToken: boolean;
}

/** A GraphiQL panel that selects the files to upload and shows the pictures in the result. */
export function FilesPanel({ store, endpoint, ownUrls, needsToken }: FilesPanelProps) {
  const { fileVariables, files, headers, progress, response, warnsOfMissingFiles } =
    React.useSyncExternalStore(store.subscribe, store.get);
  const [rules, setRules] = React.useState<UploadRules>();
  React.useEffect(() => fetchUploadRules(endpoint, setRules), [endpoint]);
  const choose = (name: string, chosen: readonly File[]) => {
    const others = [...files].filter(([other]) => other !== name);
    store.set(
      chosen.length === 0
        ? { files: new Map(others), warnsOfMissingFiles: true }
        : { files: new Map([...others, [name, chosen]]) },
    );
  };
  return (
    <div className="portrait-panel">
      <h2>Files</h2>
      {needsToken && <TokenHint headers={headers} />}
      {fileVariables.length === 0 && (
        <p>
          This operation has no file variables. To choose a file here, declare a variable such as{' '}
          <code>$file: File!</code>.
        </p>
      )}
      {fileVariables.map((variable) => (
        <FileField
          key={variable.name}
          variable={variable}
          files={files.get(variable.name) ?? []}
          rules={rules}
          warnsIfMissing={warnsOfMissingFiles}
          onChoose={(chosen) => choose(variable.name, chosen)}
        />
      ))}
      {progress && (
        <p className="files-progress">
          <label htmlFor="files-progress">
            {formatBytes(progress.sentBytes)} of {formatBytes(progress.totalBytes)} uploaded
          </label>
          <progress id="files-progress" value={progress.sentBytes} max={progress.totalBytes} />
        </p>
      )}
      <Pictures response={response} ownUrls={ownUrls} />
    </div>
  );
}

interface FileFieldProps {
  readonly variable: FileVariable;
  readonly files: readonly File[];
  readonly rules: UploadRules | undefined;
  readonly warnsIfMissing: boolean;
  onChoose(files: readonly File[]): void;
}

function FileField({
  variable: { name, type, list, required },
  files,
  rules,
  warnsIfMissing,
  onChoose,
}: FileFieldProps) {
  const [over, setOver] = React.useState(false);
  const input = React.useRef<HTMLInputElement>(null);
  const add = (added: FileList) => {
    if (added.length > 0) {
      onChoose(list ? [...files, ...added] : [...added].slice(0, 1));
    }
  };
  const remove = (file: File) => {
    onChoose(files.filter((other) => other !== file));
    input.current?.focus();
  };
  const missing = warnsIfMissing && required && files.length === 0;
  const hint = `files-hint-${name}`;
  return (
    <fieldset>
      <legend>
        <code>${name}</code> <span className="files-type">{type}</span>
      </legend>
      <label
        className={over ? 'files-drop files-over' : 'files-drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          add(event.dataTransfer.files);
        }}
      >
        <input
          ref={input}
          type="file"
          multiple={list}
          accept={rules?.types.map(({ mediaType }) => mediaType).join(',')}
          aria-label={`Choose ${list ? 'files' : 'a file'} for $${name}`}
          aria-describedby={hint}
          onChange={(event) => {
            add(event.target.files as FileList);
            // Without this, choosing the same file again fires no change event.
            event.target.value = '';
          }}
        />
        <span>
          <strong>
            {files.length > 0 && !list ? 'Choose another file' : list ? 'Choose files' : 'Choose a file'}
          </strong>{' '}
          or drop {list ? 'them' : 'it'} here
        </span>
        {rules && (
          <small>
            {rules.types.map(({ extensions }) => extensions[0]).join(', ')}, up to{' '}
            {formatBytes(rules.maxBytes)}
          </small>
        )}
      </label>
      <p id={hint} role="status" className={missing ? 'files-warning' : undefined}>
        {missing && `$${name} is required. Choose a file before you run the operation.`}
      </p>
      <ul>
        {files.map((file, index) => (
          <ChosenFile key={index} file={file} rules={rules} onRemove={() => remove(file)} />
        ))}
      </ul>
    </fieldset>
  );
}

interface ChosenFileProps {
  readonly file: File;
  readonly rules: UploadRules | undefined;
  onRemove(): void;
}

function ChosenFile({ file, rules, onRemove }: ChosenFileProps) {
  const warning = rules && warningFor(file, rules);
  return (
    <li>
      <Preview file={file} />
      <span className="files-name">
        {file.name} <small>{formatBytes(file.size)}</small>
        {warning && <small className="files-warning">{warning}</small>}
      </span>
      <button
        type="button"
        className="graphiql-un-styled files-remove"
        aria-label={`Remove ${file.name}`}
        onClick={onRemove}
      >
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path d="M2 2l10 10M12 2L2 12" />
        </svg>
      </button>
    </li>
  );
}

/** Shows a thumbnail of a file, or nothing if the browser cannot display it. */
function Preview({ file }: { readonly file: File }) {
  const [url, setUrl] = React.useState<string>();
  React.useEffect(() => {
    const objectUrl = URL.createObjectURL(file);
    setUrl(objectUrl);
    return () => URL.revokeObjectURL(objectUrl);
  }, [file]);
  return file.type.startsWith('image/') && url !== undefined ? (
    <img src={url} alt="" onError={() => setUrl(undefined)} />
  ) : null;
}

interface PicturesProps {
  readonly response: string | null;
  readonly ownUrls: readonly string[];
}

function Pictures({ response, ownUrls }: PicturesProps) {
  const pictures = React.useMemo(() => findPictures(response, ownUrls), [response, ownUrls]);
  return pictures.length === 0 ? null : (
    <section className="files-pictures" aria-label="Pictures in the result">
      <h3>Pictures in the result</h3>
      {pictures.map(({ url, path }) => (
        <Picture key={url} url={url} path={path} />
      ))}
    </section>
  );
}

function Picture({ url, path }: { readonly url: string; readonly path: string }) {
  const [caption, setCaption] = React.useState('');
  return (
    <figure>
      <a href={url} target="_blank" rel="noreferrer">
        <img
          src={url}
          alt={path}
          loading="lazy"
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setCaption(`${naturalWidth} × ${naturalHeight}`)
          }
          onError={() => setCaption('could not be loaded')}
        />
      </a>
      <figcaption>
        <code>{path}</code> <small>{caption}</small>
      </figcaption>
    </figure>
  );
}

export function FilesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" aria-hidden="true">
      <rect x="3" y="4" width="18" height="16" rx="2.5" />
      <circle cx="8.5" cy="9.5" r="1.7" />
      <path d="M3.5 18l5-5 3.5 3.5 4.5-5 4.5 5" />
    </svg>
  );
}
