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

/** Leave out the video player, which we do not have: half of its rules are one font, inlined as data. */
const isOfVideoPlayer = (selector) => selector.some(({ type, name }) => type === "class" && /^(vjs-|video-js)/.test(name));
const withoutVideoPlayer = {
  Rule: {
    "font-face": ({ value }) => (JSON.stringify(value).includes("VideoJS") ? [] : undefined),
    style: ({ value }) => (value.selectors.every(isOfVideoPlayer) ? [] : undefined),
  },
};

export default defineConfig({
  base: "./",
  plugins: [icons],
  css: { transformer: "lightningcss", lightningcss: { visitor: withoutVideoPlayer } },
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
      input: { main: "src/main.js", diagram: "src/diagram.js" },
    },
  },
});
