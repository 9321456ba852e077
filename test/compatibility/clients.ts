/** A client that uploads a picture. The files are below `clients/`. */
export interface Client {
  readonly name: string;
  readonly language: string;
  /** The program that shows how the client is used. */
  readonly script: string;
  /** Command that runs the client. `{script}` and `{program}` stand for paths. */
  readonly command: readonly string[];
  /** Command that compiles `{script}` to `{program}`. */
  readonly build?: readonly string[];
  /** Debian packages that the client needs. Other clients come from npm. */
  readonly packages?: readonly string[];
}

const shell = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Shell',
  script: `shell/${script}.sh`,
  command: ['sh', '{script}'],
  packages,
});

const node = (name: string, script: string): Client => ({
  name,
  language: 'JavaScript',
  script: `javascript/${script}.mjs`,
  command: [process.execPath, '{script}'],
});

const browser = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Browser',
  script: `browsers/${script}.mjs`,
  command: [process.execPath, '{script}'],
  ...(packages.length > 0 && { packages }),
});

// `-P` keeps the script's folder out of the import path, where `requests.py` would hide the package.
const python = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Python',
  script: `python/${script}.py`,
  command: ['/usr/bin/python3', '-P', '{script}'],
  packages,
});

const ruby = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Ruby',
  script: `ruby/${script}.rb`,
  command: ['ruby', '{script}'],
  packages: ['ruby', ...packages],
});

const php = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'PHP',
  script: `php/${script}.php`,
  command: ['php', '{script}'],
  packages: ['php-cli', ...packages],
});

const perl = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Perl',
  script: `perl/${script}.pl`,
  command: ['/usr/bin/perl', '{script}'],
  packages,
});

const go = (name: string, script: string, ...packages: string[]): Client => ({
  name,
  language: 'Go',
  script: `go/${script}.go`,
  build: ['go', 'build', '-o', '{program}', '{script}'],
  command: ['{program}'],
  packages: ['golang-go', ...packages],
});

const java = (name: string, script: string, jars: readonly string[], ...packages: string[]): Client => ({
  name,
  language: 'Java',
  script: `java/${script}.java`,
  command: ['java', '-cp', jars.map((jar) => `/usr/share/java/${jar}.jar`).join(':'), '{script}'],
  packages: ['openjdk-17-jdk-headless', ...packages],
});

const other = (language: string, name: string, script: string, command: readonly string[]) => ({
  name,
  language,
  script: `other/${script}`,
  command,
});

const APACHE_4 = ['httpclient', 'httpcore', 'httpmime', 'commons-logging', 'commons-codec'];

/** Every client that `run.ts` tries. docs/clients.md has a row for each. */
export const CLIENTS: readonly Client[] = [
  browser('Chromium (Debian)', 'chromium', 'chromium'),
  browser('Firefox ESR', 'firefox', 'firefox-esr'),
  browser('WebKitGTK', 'webkitgtk', 'webkit2gtk-driver', 'xvfb'),
  node('Apollo Client', 'apollo-client'),
  node('urql', 'urql'),
  node('Relay', 'relay'),
  node('villus', 'villus'),
  node('graphql-hooks', 'graphql-hooks'),
  node('fetch of Node', 'fetch'),
  { ...node('fetch of Bun', 'fetch'), command: ['bun', '{script}'] },
  { ...node('fetch of Deno', 'fetch'), command: ['deno', 'run', '--allow-all', '{script}'] },
  node('undici', 'undici'),
  node('axios', 'axios'),
  node('axios with form-data', 'axios-form-data'),
  node('got', 'got'),
  node('ky', 'ky'),
  node('superagent', 'superagent'),
  node('node-fetch', 'node-fetch'),
  node('cross-fetch', 'cross-fetch'),
  node('node:http with form-data', 'form-data'),
  node('needle', 'needle'),
  node('wretch', 'wretch'),
  node('ofetch', 'ofetch'),
  node('Playwright', 'playwright'),
  node('Newman (Postman)', 'newman'),
  shell('curl', 'curl', 'curl'),
  shell('HTTPie', 'httpie', 'httpie'),
  shell('Wget', 'wget', 'wget'),
  python('Requests', 'requests', 'python3-requests'),
  python('Requests Toolbelt', 'requests_toolbelt', 'python3-requests-toolbelt'),
  python('HTTPX', 'httpx', 'python3-httpx'),
  python('aiohttp', 'aiohttp', 'python3-aiohttp'),
  python('urllib3', 'urllib3', 'python3-urllib3'),
  python('PycURL', 'pycurl', 'python3-pycurl'),
  python('treq (Twisted)', 'treq', 'python3-treq', 'python3-urllib3'),
  python('libsoup', 'libsoup', 'python3-gi', 'gir1.2-soup-3.0'),
  python('Qt Network', 'qt', 'python3-pyqt6'),
  ruby('Net::HTTP', 'net_http'),
  ruby('rest-client', 'rest_client', 'ruby-rest-client'),
  ruby('Faraday', 'faraday', 'ruby-faraday'),
  ruby('HTTParty', 'httparty', 'ruby-httparty'),
  ruby('http.rb', 'http_rb', 'ruby-http'),
  ruby('Typhoeus', 'typhoeus', 'ruby-typhoeus'),
  ruby('HTTPClient', 'httpclient', 'ruby-httpclient'),
  ruby('Curb', 'curb', 'ruby-curb'),
  php('curl extension', 'curl', 'php-curl'),
  php('Guzzle', 'guzzle', 'php-guzzlehttp-guzzle'),
  php('Symfony HttpClient', 'symfony', 'php-symfony-http-client', 'php-symfony-mime'),
  perl('LWP', 'lwp', 'libwww-perl'),
  perl('Mojolicious', 'mojo', 'libmojolicious-perl'),
  perl('HTTP::Tiny', 'http_tiny', 'libhttp-tiny-multipart-perl'),
  perl('Net::Async::HTTP', 'net_async_http', 'libnet-async-http-perl'),
  go('net/http', 'net_http'),
  go('Resty', 'resty', 'golang-github-go-resty-resty-dev'),
  go('fasthttp', 'fasthttp', 'golang-github-valyala-fasthttp-dev'),
  java('java.net.http', 'HttpClientJdk', []),
  java('OkHttp', 'OkHttp', ['okhttp', 'okio'], 'libokhttp-java'),
  java('Apache HttpClient 4', 'Apache4', APACHE_4, 'libhttpclient-java', 'libhttpmime-java'),
  java(
    'Apache HttpClient 5',
    'Apache5',
    ['httpclient5', 'httpcore5', 'httpcore5-h2', 'slf4j-api', 'slf4j-nop'],
    'libhttpclient5-java',
  ),
  java(
    'Unirest',
    'UnirestJava',
    ['unirest-java', ...APACHE_4, 'httpasyncclient', 'httpcore-nio', 'com.android.json'],
    'libunirest-java-java',
  ),
  {
    ...other('C', 'libcurl', 'libcurl.c', ['{program}']),
    build: ['cc', '-o', '{program}', '{script}', '-lcurl'],
    packages: ['gcc', 'libcurl4-openssl-dev'],
  },
  {
    ...other('C++', 'POCO', 'poco.cpp', ['{program}']),
    build: ['c++', '-o', '{program}', '{script}', '-lPocoNet', '-lPocoFoundation'],
    packages: ['g++', 'libpoco-dev'],
  },
  {
    ...other('C#', 'System.Net.Http', 'http_client.cs', ['mono', '{program}']),
    build: ['mcs', '-out:{program}', '-r:System.Net.Http.dll', '{script}'],
    packages: ['mono-mcs', 'libmono-system-net-http4.0-cil'],
  },
  {
    ...other('Haskell', 'wreq', 'wreq.hs', ['{program}']),
    build: ['ghc', '-o', '{program}', '-outputdir', '{program}.build', '{script}'],
    packages: ['ghc', 'libghc-wreq-dev'],
  },
  { ...other('R', 'httr', 'httr.R', ['Rscript', '{script}']), packages: ['r-cran-httr'] },
  { ...other('R', 'httr2', 'httr2.R', ['Rscript', '{script}']), packages: ['r-cran-httr2'] },
  { ...other('Tcl', 'TclCurl', 'tclcurl.tcl', ['tclsh', '{script}']), packages: ['tcl', 'tclcurl'] },
  {
    ...other('Common Lisp', 'Drakma', 'drakma.lisp', ['sbcl', '--script', '{script}']),
    packages: ['sbcl', 'cl-drakma'],
  },
];
