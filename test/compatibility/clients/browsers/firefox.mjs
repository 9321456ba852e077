import { uploadWith } from './puppeteer.mjs';

await uploadWith({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr' });
