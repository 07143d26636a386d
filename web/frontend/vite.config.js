import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defineConfig } from "vite";

const require = createRequire(import.meta.url);

/** Put the icons of Bootstrap Italia beside the rest; pages refer to them by the manifest, as "sprites.svg". */
const icons = {
  name: "icons",
  generateBundle() {
    const source = readFileSync(require.resolve("bootstrap-italia/dist/svg/sprites.svg"));
    this.emitFile({ type: "asset", name: "sprites.svg", originalFileName: "sprites.svg", source });
  },
};

/** Keep the plugins of Bootstrap Italia: their package calls them free of side effects, but listening is their effect. */
const listeners = {
  name: "listeners",
  enforce: "pre",
  async resolveId(source, importer, options) {
    if (!source.startsWith("bootstrap-italia/dist/plugins/")) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    return { ...found, moduleSideEffects: true };
  },
};

export default defineConfig({
  base: "./",
  plugins: [icons, listeners],
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // Our policy for content allows images as data, but no fonts and no scripts: everything is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: "src/main.js" },
    },
  },
});
