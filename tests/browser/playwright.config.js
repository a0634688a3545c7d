// Drives the distribution's Chromium; no browser is downloaded.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 600_000,
  expect: { timeout: 15_000 },
  reporter: [['line']],
  outputDir: process.env.CABAS_BROWSER_OUTPUT,
  use: {
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CABAS_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
      ],
    },
    locale: 'fr-FR',
    trace: 'off',
  },
});
