// How the page is built and served: everything from its own origin, WebAssembly allowed, no script from text.
import { defineConfig, type Plugin } from 'vite';

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'";

/** The built page carries its policy along, whatever server it is put on. (The development server injects inline styles.) */
const policy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
  ],
};

// A page for others in the network as well: every interface, every host name.
const serve = { host: '0.0.0.0', port: 8088, strictPort: true, allowedHosts: true } as const;

export default defineConfig({
  // Unknown paths are 404, not the start page: a missing .wasm has to look missing.
  appType: 'mpa',
  base: './',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // a data: URL would break the policy
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [policy],
  preview: {
    ...serve,
    headers: {
      'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'`,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    },
  },
  server: { ...serve, fs: { allow: ['../..'] } },
});
