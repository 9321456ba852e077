import { encodeRequest, type GraphQLRequest } from '../shared/encode-request.ts';
import { FilesIcon, FilesPanel } from './files-panel.tsx';
import { headerStorage, type KeyValueStorage, persistsHeaders } from './header-storage.ts';
import { findOperation, withFiles } from './operation.ts';
import { type Plugin, PluginList } from './plugin-list.ts';
import { send } from './send.ts';
import { readLink } from './share-link.ts';
import { ShareIcon, SharePanel } from './share-panel.tsx';
import { createStore } from './store.ts';
import './page.css';

/** The global of the `@graphql-yoga/render-graphiql` bundle. It passes unknown properties on to GraphiQL. */
declare const YogaGraphiQL: {
  renderYogaGraphiQL(element: Element, props: GraphiQLProps): void;
};

/** Names of the built workers by Monaco's label. The build replaces this variable. */
declare const WORKER_FILES: Readonly<Record<string, string>>;

interface GraphiQLProps {
  readonly title: string;
  readonly logo: React.ReactNode;
  readonly defaultTabs: readonly Tab[];
  readonly plugins: readonly Plugin[];
  readonly visiblePlugin: Plugin;
  readonly storage: KeyValueStorage;
  readonly shouldPersistHeaders: boolean;
  readonly showPersistHeadersSettings: boolean;
  /** Variables of the first tab. Undefined for those that GraphiQL has stored. */
  readonly variables: string | undefined;
  onEditQuery(query: string): void;
  fetcher(request: GraphQLRequest, options?: { headers?: Record<string, string> }): unknown;
  onTabChange(tabs: { readonly activeTabIndex: number; readonly tabs: readonly TabState[] }): void;
}

declare global {
  /** Monaco reads this to find its workers (https://github.com/microsoft/monaco-editor/blob/main/docs/integrate-esm.md). */
  var MonacoEnvironment: { globalAPI: boolean; getWorkerUrl(moduleId: string, label: string): string };
}

interface Tab {
  readonly query: string | null;
  readonly variables?: string | null;
}

interface TabState extends Tab {
  readonly headers: string | null;
  readonly operationName: string | null;
  readonly response: string | null;
}

const UPLOAD = `# Choose a file, then run this.
mutation Upload($file: File!) {
  uploadProfilePicture(file: $file) {
    id
    avatarUrl
    profilePicture {
      id
      fileName
      width
      height
      url(size: 256)
    }
  }
}
`;

const VIEWER = `query Viewer {
  viewer {
    id
    name
    avatarUrl
    profilePicture {
      id
      fileName
      altText
      url(size: 256)
      placeholder
    }
  }
}
`;

/** Name of the operation by which GraphiQL itself loads the schema. */
const INTROSPECTION = 'IntrospectionQuery';
/** Keys under which GraphiQL stores the content of its editors. */
const STORED = { query: 'graphiql:query', variables: 'graphiql:variables', headers: 'graphiql:headers' };

function renderPage(root: HTMLElement): void {
  // The page is served at the endpoint itself.
  const endpoint = location.pathname;
  const { publicUrl = location.origin, picturesUrl = publicUrl, basePath = '', needsToken } = root.dataset;
  const ownUrls = [publicUrl, picturesUrl];
  const linked = readLink(location.search);
  const storage = headerStorage(localStorage);
  const initialQuery = linked?.query ?? (storage.getItem(STORED.query) || UPLOAD);
  const store = createStore({
    query: initialQuery,
    variables: linked?.variables ?? storage.getItem(STORED.variables) ?? '',
    headers: storage.getItem(STORED.headers) ?? '',
    fileVariables: findOperation(initialQuery)?.fileVariables ?? [],
    response: null,
    files: new Map(),
    warnsOfMissingFiles: false,
    progress: undefined,
  });

  const files: Plugin = {
    title: 'Files',
    icon: FilesIcon,
    content: () => (
      <FilesPanel store={store} endpoint={endpoint} ownUrls={ownUrls} needsToken={needsToken === 'true'} />
    ),
  };
  const share: Plugin = { title: 'Share', icon: ShareIcon, content: () => <SharePanel store={store} /> };

  globalThis.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_moduleId, label) => `${basePath}/static/page/graphiql/${WORKER_FILES[label]}`,
  };
  YogaGraphiQL.renderYogaGraphiQL(root, {
    title: 'Portrait',
    logo: <img src={`${basePath}/static/images/logo.svg`} alt="" width="28" height="28" />,
    defaultTabs: linked ? [linked] : [{ query: UPLOAD }, { query: VIEWER }],
    variables: linked?.variables,
    plugins: new PluginList(files, share),
    visiblePlugin: files,
    storage,
    shouldPersistHeaders: persistsHeaders(localStorage),
    showPersistHeadersSettings: true,
    // Without this, GraphiQL would put the query into the page's URL, which servers reject if it is long.
    onEditQuery() {},
    fetcher(request, { headers } = {}) {
      if (request.operationName !== INTROSPECTION) {
        store.set({ warnsOfMissingFiles: true });
      }
      const { name, fileVariables = [] } = findOperation(request.query, request.operationName) ?? {};
      // Right after a tab change, GraphiQL still sends the previous tab's operation name.
      const corrected = { ...request, operationName: name };
      const variables = withFiles(request.variables, fileVariables, store.get().files);
      return send({
        endpoint,
        headers,
        body: encodeRequest({ ...corrected, variables }),
        onProgress: (progress) => store.set({ progress }),
      });
    },
    onTabChange({ tabs, activeTabIndex }) {
      const tab = tabs[activeTabIndex];
      const operation = findOperation(tab?.query ?? '', tab?.operationName);
      // While the user types, the query rarely parses. Keep the last known file variables until it does.
      const fileVariables = tab?.query ? operation?.fileVariables : [];
      store.set({
        query: tab?.query ?? '',
        variables: tab?.variables ?? '',
        headers: tab?.headers ?? '',
        response: tab?.response ?? null,
        ...(fileVariables && { fileVariables }),
      });
    },
  });
}

/** Prevents the browser from opening a file that is dropped outside its field. */
function blockStrayDrops(): void {
  for (const type of ['dragover', 'drop'] as const) {
    addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes('Files')) {
        event.preventDefault();
      }
    });
  }
}

blockStrayDrops();
renderPage(document.querySelector('#root') as HTMLElement);
