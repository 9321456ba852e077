import puppeteer from 'puppeteer-core';
import { report } from '../javascript/report.mjs';
import { addInput, PAGE, UPLOAD, uploadFromInput } from './page-upload.mjs';

/** Uploads a picture with a browser that Puppeteer drives. */
export async function uploadWith(options) {
  const browser = await puppeteer.launch({ headless: true, ...options });
  try {
    const page = await browser.newPage();
    await page.goto(PAGE);
    await page.evaluate(addInput);
    const input = await page.$('#compatibility');
    await input.uploadFile(process.env.FILE);
    const { status, body } = await page.evaluate(uploadFromInput, UPLOAD);
    const version = await browser.version();
    report(version.replace(/^.*\//, ''), status, body);
  } finally {
    await browser.close();
  }
}
