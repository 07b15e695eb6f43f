// How the page is built and served: everything from its own origin, WebAssembly allowed, no script from text.
import { defineConfig, type Connect, type Plugin } from 'vite';

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

/**
 * So that workers may share memory, and the model has threads. Browsers heed it over https and on localhost alone, and
 * complain of it elsewhere.
 */
const isolate: Connect.NextHandleFunction = (request, response, next) => {
  const { host = '' } = (request as unknown as { headers: { host?: string } }).headers; // Node's types are not installed
  if (/^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(host)) {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  }
  next();
};

const isolation: Plugin = {
  name: 'cross-origin-isolation',
  configureServer: ({ middlewares }) => void middlewares.use(isolate),
  configurePreviewServer: ({ middlewares }) => void middlewares.use(isolate),
};

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
  plugins: [policy, isolation],
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
