// Builds gateway/static/dist: one stylesheet, one script, the fonts and the icon sprite, each with its hash in the name,
// and manifest.json that says which file a plain name means. Run by `npm run build`.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";
import { icons } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../node_modules");
const dist = join(here, "../static/dist");
const manifest = {};

async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = name.replace(extname(name), `.${hash}${extname(name)}`);
  await writeFile(join(dist, hashed), content);
  manifest[name] = hashed;
}

async function fonts() {
  for (const [family, file] of [
    ["inter", "inter-latin-wght-normal.woff2"],
    ["inter", "inter-latin-ext-wght-normal.woff2"],
    ["familjen-grotesk", "familjen-grotesk-latin-wght-normal.woff2"],
  ]) {
    await put(file, await readFile(join(modules, "@fontsource-variable", family, "files", file)));
  }
}

async function stylesheet() {
  const { css } = compile(join(here, "css/klientwebb.scss"), {
    style: "compressed",
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import"], // Bootstrap 5 still imports
  });
  await put("klientwebb.css", css.replace(/url\("?([\w-]+\.woff2)"?\)/g, (_, file) => `url("${manifest[file]}")`));
}

async function script() {
  const { outputFiles } = await build({
    entryPoints: [join(here, "js/klientwebb.js")],
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  await put("klientwebb.js", outputFiles[0].contents);
}

async function sprite() {
  const symbols = await Promise.all(
    icons.map(async (name) => {
      const svg = await readFile(join(modules, "bootstrap-icons/icons", `${name}.svg`), "utf8");
      const paths = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/\n\s*/g, "");
      return `<symbol id="${name}" viewBox="0 0 16 16">${paths}</symbol>`;
    }),
  );
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

// The icon of the browser tab: figures, and the result underlined twice.
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0D343A"/><path d="M4 5.5h16M4 10h16" stroke="#BCD2D3" stroke-width="1.8"/><path d="M10 14.5h10" stroke="#fff" stroke-width="2.4"/><path d="M8 18.5h12M8 21h12" stroke="#fff" stroke-width="1.4"/></svg>`;

await mkdir(dist, { recursive: true });
await fonts();
await Promise.all([stylesheet(), script(), sprite(), put("mark.svg", mark)]);
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

// What an earlier build left goes last, so that a failed build leaves the pages whole.
const kept = new Set([...Object.values(manifest), "manifest.json"]);
await Promise.all((await readdir(dist)).filter((file) => !kept.has(file)).map((file) => rm(join(dist, file))));
